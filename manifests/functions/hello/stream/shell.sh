# The request's body comes on standard input; what is printed is the answer.
name=$(cat)
printf 'Hello, %s!\n' "${name:-world}"
