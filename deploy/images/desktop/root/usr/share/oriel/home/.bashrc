# Interactive shells only.
case $- in *i*) ;; *) return ;; esac
HISTCONTROL=ignoreboth
HISTSIZE=5000
shopt -s histappend
PS1='\[\e[1;33m\]\u@\h\[\e[0m\]:\[\e[1;34m\]\w\[\e[0m\]\$ '
alias ls='ls --color=auto' ll='ls -l' grep='grep --color=auto'
if [ -z "${ORIEL_WELCOMED:-}" ]; then
    export ORIEL_WELCOMED=1
    printf '\n  \e[1;33mWelcome to Oriel.\e[0m This is your own Debian computer, in a window.\n'
    printf '  You are \e[1;36muser\e[0m; \e[1;36msudo\e[0m asks for no password. What you save stays here.\n\n'
fi
