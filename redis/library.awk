# From the files of steps/: the names that each step gives its keys and arguments, as the table of shared/store/library.h.
# A step's body begins with them:
#
#   local function redeem_code(keys, args)
#       local code_key, grant_key = unpack(keys)      (none when it takes any number of keys)
#       local now, client_id = unpack(args)           (none when it has no argument with a name)
#       local fields = fields_after(args, 2)          (when field, value, … follow)
#   end
#   register('redeem_code', redeem_code, { 'no-writes' })

# "a, b" of `local a, b = unpack(…)` as "a", "b",
function quoted(statement) {
    sub(/^ *local */, "", statement)
    sub(/ *=.*$/, "", statement)
    gsub(/ /, "", statement)
    gsub(/,/, "\", \"", statement)
    return "\"" statement "\""
}

# The name of an array of names, which it prints; "{}" when there are none.
function list(name, names) {
    if (names == "") return "{}"
    print "constexpr std::string_view " name "[] = {" names "};"
    return name
}

BEGIN {
    print "namespace {"
}

/^local function [a-z_]+\(keys(, args)?\)$/ { keys = args = "" ; more = "false"; is_step = 1; next }
is_step && /^    local [a-z0-9_, ]*$/ { statement = $0; next } # goes on in the next line
is_step && /unpack\((keys|args)(, 1, [0-9]+)?\)/ {
    statement = statement $0
    if (/keys/) keys = quoted(statement); else args = quoted(statement)
    statement = ""
    next
}
is_step && /fields_after\(args, [0-9]+\)$/ { more = "true" }
is_step { statement = "" }

/^register\(/ {
    split($0, word, "'")
    step = word[2]
    table = table "    {\"" step "\", " list(step "_keys", keys) ", " list(step "_arguments", args) ", " more ", " \
        (/no-writes/ ? "true" : "false") "},\n"
    is_step = 0
}

END {
    print "constexpr stile::StepDeclaration steps[] = {\n" table "};"
    print "} // namespace"
    print "std::span<const stile::StepDeclaration> stile::library_steps() { return steps; }"
}
