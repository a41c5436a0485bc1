# Joins the lines of users.acl or password_grant.acl as Redis reads them: one line a user, no comments.
{ sub(/(^|[ \t])#([ \t].*)?$/, "") }
/^[ \t]*$/ { next }
/^user / && joined != "" { print joined; joined = "" }
{
    sub(/^[ \t]+/, "")
    sub(/[ \t]+$/, "")
    joined = joined (joined == "" ? "" : " ") $0
}
END { print joined }
