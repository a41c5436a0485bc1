{{%AUTOESCAPE context="HTML"}}
{{>HEAD}}
<h1>[[answer.heading]]</h1>
<p class="name">[[answer.goes_back strong bdi]]</p>
<form method="post" action="{{ACTION}}">
{{#FIELD}}
<input type="hidden" name="{{NAME}}" value="{{VALUE}}">
{{/FIELD}}
<button class="main">[[answer.go_on]]</button>
</form>
{{! Not one byte may stand between the tags and SCRIPT: the policy allows the hash of exactly that text. }}
<script>{{SCRIPT:none}}</script>
</main>
</body>
</html>
