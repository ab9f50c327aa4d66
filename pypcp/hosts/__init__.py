"""Run a shell script on a host: this machine, or another one over OpenSSH."""
