{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<h1>[[logout.title]]</h1>
{{#CLIENT}}
<p class="name">[[logout.asks strong bdi]]</p>
{{/CLIENT}}
{{#ASKED_ANEW}}
<p class="alert" role="alert"><svg viewBox="0 0 20 20" width="20" height="20" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true"><circle cx="10" cy="10" r="8"/><path d="M10 6v4.5M10 14v.01"/></svg><span>[[logout.asked_anew]]</span></p>
{{/ASKED_ANEW}}
<p class="name">[[logout.signed_in_as strong bdi]]</p>
<p class="soft" id="consequence">[[logout.consequence]]</p>
<form method="post" action="{{ACTION}}">
<input type="hidden" name="csrf_token" value="{{CSRF}}">
{{#FIELD}}
<input type="hidden" name="{{NAME}}" value="{{VALUE}}">
{{/FIELD}}
<div class="pair">
<button name="logout" value="0">[[logout.stay]]</button>
<button class="main" name="logout" value="1" aria-describedby="consequence">[[logout.submit]]</button>
</div>
</form>
</main>
</body>
</html>
