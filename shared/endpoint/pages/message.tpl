{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<h1>{{TITLE}}</h1>
<p>{{TEXT}}</p>
{{#DETAIL}}
<div class="aside">
<h2>For the developer of the application</h2>
<p><code>{{ERROR}}</code></p>
<p>{{ERROR_DESCRIPTION}}</p>
</div>
{{/DETAIL}}
{{#REQUEST_ID}}
<div class="aside">
<p>Reference: <code>{{ID}}</code></p>
</div>
{{/REQUEST_ID}}
</main>
</body>
</html>
