{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<h1>Profile</h1>
<p>The application called the protected API with its access token:</p>
<pre id="answer"><code>GET {{API}}
{{ANSWER}}</code></pre>
{{#REFUSED}}
<p class="alert" role="alert"><span>The API refuses the access token: it has expired or was revoked.</span></p>
<p><a class="button main" href="{{BEGIN}}">Begin again</a></p>
{{/REFUSED}}
{{#REVOKED}}
<p class="alert" role="alert"><span>You revoked the tokens, and the API refuses them.</span></p>
<p><a class="button main" href="{{BEGIN}}">Begin again</a></p>
{{/REVOKED}}
{{#UNREACHABLE}}
<p class="alert" role="alert"><span>The API does not answer. Reload this page in a moment.</span></p>
{{/UNREACHABLE}}
<form method="post" action="logout">
<input type="hidden" name="csrf_token" value="{{CSRF}}">
<div class="pair">
{{#REFRESH}}
<button class="main" formaction="refresh">Refresh</button>
{{/REFRESH}}
{{#REVOKE}}
<button formaction="revoke">Revoke</button>
{{/REVOKE}}
<button>Sign out</button>
</div>
</form>
<h2 id="said">The token response</h2>
<ul class="list" role="list" aria-labelledby="said">
{{#MEMBER}}
<li><span>{{VALUE}}</span> <code>{{NAME}}</code></li>
{{/MEMBER}}
</ul>
<p class="soft">Only the beginning of each token is shown. Refreshed so far: {{REFRESHED}}.</p>
</main>
</body>
</html>
