{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<h1>[[login.heading]]</h1>
<p class="name">[[login.continue strong bdi]]</p>
{{#ERROR}}
<p class="alert" id="error" role="alert"><svg viewBox="0 0 20 20" width="20" height="20" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true"><circle cx="10" cy="10" r="8"/><path d="M10 6v4.5M10 14v.01"/></svg><span>{{ERROR_TEXT}}</span></p>
{{/ERROR}}
{{! No action: the form goes back to this address with its query, which carries the request. }}
<form method="post">
<input type="hidden" name="csrf_token" value="{{CSRF}}">
<label for="username">[[login.username]]</label>
<input id="username" name="username" type="text" value="{{USERNAME}}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="128" required{{#ERROR}} aria-invalid="true" aria-describedby="error"{{/ERROR}}{{#FOCUS_USERNAME}} autofocus{{/FOCUS_USERNAME}}>
<label for="password">[[login.password]]</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="1024" required{{#ERROR}} aria-invalid="true" aria-describedby="error"{{/ERROR}}{{#FOCUS_PASSWORD}} autofocus{{/FOCUS_PASSWORD}}>
<button class="main">[[login.submit]]</button>
</form>
</main>
</body>
</html>
