# What `martlet framework assess` asks: one line, "host", "write WORD", "read", "sleep MILLISECONDS" or "log WORD".
read -r order word
host=$(cat /etc/hostname)
case $order in
  write) printf '%s' "$word" > /tmp/martlet-state && state=$word ;;
  read) state=$(cat /tmp/martlet-state 2>/dev/null) ;;
  sleep) sleep "$(awk "BEGIN { print ${word%%[!0-9]*} / 1000 }")" ;;
  log) printf '%s\n' "$word" >&2 ;;
esac
printf '{"instance":"%s","state":"%s"}\n' "$host" "$state"
