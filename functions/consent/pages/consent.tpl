{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<h1>[[consent.heading]]</h1>
<p class="name">[[consent.asks strong bdi]]</p>
{{#ASKED_ANEW}}
<p class="alert" role="alert"><svg viewBox="0 0 20 20" width="20" height="20" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true"><circle cx="10" cy="10" r="8"/><path d="M10 6v4.5M10 14v.01"/></svg><span>[[consent.asked_anew]]</span></p>
{{/ASKED_ANEW}}
<div class="account">
<p class="name">[[consent.signed_in_as strong bdi]]</p>
<a href="{{SWITCH_URL}}">[[consent.switch]]</a>
</div>
<form method="post">
<input type="hidden" name="csrf_token" value="{{CSRF}}">
{{! Enter in the checkbox presses the first submit button. This one makes it decide nothing: a form outside a dialog does not go anywhere by the method dialog. (A disabled button would do by the standard, but Chromium passes over it.) }}
<button formmethod="dialog" hidden></button>
{{#SCOPES}}
<h2 id="scopes">[[consent.scopes]]</h2>
<ul class="list" role="list" aria-labelledby="scopes">
{{#SCOPE}}
<li><span>{{SCOPE_TEXT}}</span> <code>{{SCOPE_NAME}}</code></li>
{{/SCOPE}}
</ul>
{{/SCOPES}}
{{#NO_SCOPES}}
<p>[[consent.no_scopes]]</p>
{{/NO_SCOPES}}
<p class="soft">{{LIFETIME}}</p>
{{#REMEMBER}}
<label class="check"><input type="checkbox" name="remember" value="1"><span>[[consent.remember]]</span></label>
{{/REMEMBER}}
<p id="next">[[consent.next strong bdi]]</p>
<div class="pair">
<button name="approval" value="0" aria-describedby="next">[[consent.deny]]</button>
<button class="main" name="approval" value="1" aria-describedby="next">[[consent.approve]]</button>
</div>
</form>
</main>
</body>
</html>
