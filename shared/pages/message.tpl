{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<h1>{{TITLE}}</h1>
<p>{{TEXT}}</p>
{{#DETAIL}}
<div class="aside">
<h2>[[message.for_developers]]</h2>
<p><code>{{ERROR}}</code></p>
<p lang="en" dir="ltr">{{ERROR_DESCRIPTION}}</p>
</div>
{{/DETAIL}}
{{#REQUEST_ID}}
<div class="aside">
<p>[[message.reference code]]</p>
</div>
{{/REQUEST_ID}}
</main>
</body>
</html>
