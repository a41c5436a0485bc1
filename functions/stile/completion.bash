# Completion of `stile` for bash. Commands and options come from `stile … --help`; names of clients, users, grants and keys
# from `stile … list`, if Redis can be reached.

# From a --help text: the words of a section, or the values of an option.
_stile_subcommands() { awk '/^Subcommands:/ { inside = 1; next } inside && /^  [a-z]/ { print $1 }'; }
_stile_positional() { awk '/^Positionals:/ { getline; print tolower($1) }'; }
_stile_options() { grep -oE '^  (-h,)?--[a-z-]+' | grep -oE -- '--[a-z-]+'; }
_stile_values() { sed -nE "s/^  $1 [A-Z:]*\{([^}]*)\}.*/\1/p" | tr ',' '\n'; }

# The first word of each line of `stile NOUN list`.
_stile_names() { timeout 2 "$@" list 2>/dev/null </dev/null | awk '{ print $1 }'; }

_stile() {
    # COMP_WORDS is also split at @ and :, which occur in user names and addresses.
    local line=${COMP_LINE:0:COMP_POINT} words word current help stile path=() previous= positionals=0
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=('')
    current=${words[-1]}
    stile=${words[0]/#\~/$HOME}

    # The command and subcommand, and the number of positional arguments after them.
    for word in "${words[@]:1:${#words[@]}-2}"; do
        help=${help-$("$stile" --help 2>/dev/null)}
        if [[ $word != -* && $previous != --* ]] && _stile_subcommands <<<"$help" | grep -qxF -e "$word"; then
            path+=("$word")
            help=$("$stile" "${path[@]}" --help 2>/dev/null)
        elif [[ $word != -* && $previous != --* ]]; then
            ((++positionals))
        fi
        # A flag takes no value: the next word does not belong to it.
        previous=$word
        [[ $word == --* ]] && grep -qE -e "^  $word( |\$) {2,}" <<<"$help" && previous=
    done
    help=${help-$("$stile" --help 2>/dev/null)}

    local candidates=
    case $previous in
    --client) candidates=$(_stile_names "$stile" client) ;;
    --user) candidates=$(_stile_names "$stile" user) ;;
    --nginx | --settings) candidates=$(compgen -f -- "$current") ;;
    --*) candidates=$(_stile_values "$previous" <<<"$help") ;;
    *)
        if [[ $current == -* ]]; then
            candidates=$(_stile_options <<<"$help")
        elif ((positionals == 0)); then
            case ${path[*]}:$(_stile_positional <<<"$help") in
            'user add:'*) ;; # a new name
            *:id) candidates=$(_stile_names "$stile" client) ;;
            *:name) candidates=$(_stile_names "$stile" user) ;;
            *:grant) candidates=$(_stile_names "$stile" grant) ;;
            *:kid) candidates=$(_stile_names "$stile" keys) ;;
            *:file) candidates=$(compgen -f -- "$current") ;;
            *:) candidates=$(_stile_subcommands <<<"$help") ;;
            esac
        fi
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$current")
    # Bash replaces only $2, which may be the end of the word.
    local kept=${current%"$2"}
    COMPREPLY=("${COMPREPLY[@]#"$kept"}")
}
complete -F _stile stile
