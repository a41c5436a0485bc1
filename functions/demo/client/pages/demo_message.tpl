{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<h1>{{TITLE}}</h1>
<p>{{TEXT}}</p>
<p><a class="button main" href="{{BEGIN}}">Begin again</a></p>
{{#DETAIL}}
<div class="aside">
<h2>For the developer of the application</h2>
<p><code>{{ERROR}}</code></p>
<p>{{ERROR_DESCRIPTION}}</p>
</div>
{{/DETAIL}}
</main>
</body>
</html>
