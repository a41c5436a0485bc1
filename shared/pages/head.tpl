{{%AUTOESCAPE context="HTML"}}
<!doctype html>
<html lang="[[language]]" dir="[[direction]]">
<head>
<meta charset="utf-8">
<title>{{TITLE}}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
{{! Not one byte may stand between the tags and STYLE: the policy allows the hash of exactly that text. }}
<style>{{STYLE:none}}</style>
</head>
<body>
<header>
<svg viewBox="0 0 24 24" width="28" height="28" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M3 21 9 3h6l6 18M7.7 7.5h8.6M6.2 12h11.6M4.7 16.5h14.6"/></svg>
<span>[[site.name]]</span>
</header>
<main>
