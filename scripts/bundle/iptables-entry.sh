#!/bin/sh
# Stands for every iptables command of the kube-proxy image until the first call: finds out which of the two kernel
# interfaces the host's own iptables uses (rules of one are invisible to the other), points the links at that program and
# runs it. IPTABLES_MODE=nft or legacy decides by hand.
set -u
links="iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore"

rules_of() { grep -cE '^(-A|:KUBE-)' ; }

find_mode() {
  # kubelet leaves these chains behind, with the host's own iptables: the best sign there is.
  nft="$(xtables-nft-multi iptables-save 2>/dev/null; xtables-nft-multi ip6tables-save 2>/dev/null)"
  case "$nft" in *KUBE-IPTABLES-HINT* | *KUBE-KUBELET-CANARY*) echo nft; return ;; esac
  # The legacy program loads its kernel modules by merely looking, so look only if they are in use.
  legacy=""
  if [ -s /proc/net/ip_tables_names ] || [ -s /proc/net/ip6_tables_names ]; then
    legacy="$(xtables-legacy-multi iptables-save 2>/dev/null; xtables-legacy-multi ip6tables-save 2>/dev/null)"
  fi
  case "$legacy" in *KUBE-IPTABLES-HINT* | *KUBE-KUBELET-CANARY*) echo legacy; return ;; esac
  if [ "$(echo "$legacy" | rules_of)" -gt "$(echo "$nft" | rules_of)" ]; then echo legacy; else echo nft; fi
}

mode="${IPTABLES_MODE:-}"
case "$mode" in
nft | legacy) ;;
*)
  mode="$(find_mode)"
  for link in $links; do
    # Renamed into place, for the next command may start in between. A read-only file system only costs time.
    ln -sf "xtables-$mode-multi" "/usr/sbin/.$link.$$" 2>/dev/null && mv -f "/usr/sbin/.$link.$$" "/usr/sbin/$link" 2>/dev/null
  done
  ;;
esac
exec "/usr/sbin/xtables-$mode-multi" "$(basename "$0")" "$@"
