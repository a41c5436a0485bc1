{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<h1>Demo client</h1>
<p>This is an application like yours. It greets you by name without seeing your password. It sends you to <strong>{{ISSUER}}</strong>, where you sign in and approve, and gets a token for a protected API.</p>
<p class="soft">Sign in as <strong>admin</strong> with the password <strong>admin</strong>.</p>
<p><a class="button main" href="{{BEGIN}}">Begin</a></p>
{{#SIGNED_IN}}
<p><a href="profile">Back to your profile</a></p>
{{/SIGNED_IN}}
</main>
</body>
</html>
