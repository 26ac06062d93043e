# shellcheck shell=bash disable=SC2154 # variables that other parts set
# What scripts/test is asked to do.

fail() { printf '%s\n' "$*" >&2; exit 1; }

usage() {
    sed -n '2,/^set/s/^# \{0,1\}//p' scripts/test
    printf 'The suites:\n\n'
    suites
}

# The names of all suites, one a line.
suite_names() { suites | awk '{ print $1 }'; }

# May others run beside this suite? `alone` or `beside`; nothing for a name that is none.
company_of() { suites | awk -v name="$1" '$1 == name { print $2 }'; }

reason_of() { suites | sed -n "s/^$1  *[a-z]*  *//p"; }

main() {
    local filter='' sanitizer='' suite='' jobs='' kinds=0
    while [[ $# -gt 0 ]]; do
        case "$1" in
            --sanitize=thread | --sanitize=address) sanitizer=${1#--sanitize=}; kinds=$((kinds + 1)) ;;
            --filter) filter=${2:?--filter needs a regular expression}; kinds=$((kinds + 1)); shift ;;
            --suite) suite=${2:?--suite needs a name, or list}; kinds=$((kinds + 1)); shift ;;
            --jobs) jobs=${2:?--jobs needs a number}; shift ;;
            -h | --help) usage; exit 0 ;;
            *) fail "scripts/test: unknown argument '$1'; --help tells what there is" ;;
        esac
        shift
    done
    [[ $kinds -le 1 ]] || fail "scripts/test: only one of --suite, --filter and --sanitize at a time"
    [[ -z $jobs || $jobs =~ ^[1-9][0-9]*$ ]] || fail "scripts/test: --jobs needs a whole number above 0, not '$jobs'"
    if [[ $suite == list ]]; then
        suites
        exit 0
    fi
    [[ -z $suite || -n $(company_of "$suite") ]] ||
        fail "scripts/test: there is no suite '$suite'; there are: $(suite_names | paste -sd ' ')"

    set_up
    if [[ -n $filter ]]; then
        run_filtered "$filter"
    elif [[ -n $sanitizer ]]; then
        run_sanitized "$sanitizer"
    elif [[ -n $suite ]]; then
        run_one "$suite"
    else
        run_all "${jobs:-$(default_jobs)}"
    fi
}
