// Node.js has nothing that makes a terminal, and what packages add for it needs a compiler on Linux. Python has it.
//
// The program has the shell's input at 0, its output at 1, and at 3 its orders: lines of rows and columns. When either
// input ends, whoever started it is gone or wants it gone: everything of the shell's session is hung up on, and killed
// when that did not help. It ends as the shell ended. It holds at most what one read gave, both ways: a reader that is
// slow makes the shell wait, as at any terminal.

/** For `python3 -c`; its arguments are rows, columns, and the shell with its own. */
export const PTY_PROGRAM = `
import fcntl, glob, os, pty, select, signal, struct, sys, termios, time

def size(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

def session(leader):
    found = []
    for path in glob.glob('/proc/[0-9]*/stat'):
        try:
            with open(path) as stat: text = stat.read()
            state, _, _, of = text.rsplit(')', 1)[1].split()[:4]
            if int(of) == leader and state != 'Z': found.append(int(path.split('/')[2]))
        except (OSError, ValueError, IndexError): pass
    return found

def tell(leader, number):
    for pid in session(leader) or [leader]:
        try: os.kill(pid, number)
        except OSError: pass

child, terminal = pty.fork()
if child == 0:
    os.close(3)
    size(0, int(sys.argv[1]), int(sys.argv[2]))
    try: os.execvp(sys.argv[3], sys.argv[3:])
    except OSError as error:
        print(error, flush=True)
        os._exit(127)

woken, wake = os.pipe()
for fd in (0, 1, 3, terminal, woken, wake): os.set_blocking(fd, False)
signal.set_wakeup_fd(wake)
signal.signal(signal.SIGCHLD, lambda *_: None)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)

typed, printed, orders, status, wanted = b'', b'', b'', None, True
try:
    while True:
        reads = [woken, 3] + ([] if typed else [0]) + ([] if printed else [terminal])
        writes = ([terminal] if typed else []) + ([1] if printed else [])
        # Once the shell has ended only what it has printed is left to pass on.
        ready, free, _ = select.select(reads, writes, [], 0.05 if status is not None and not printed else None)
        if woken in ready:
            os.read(woken, 1024)
            if status is None:
                pid, code = os.waitpid(child, os.WNOHANG)
                if pid == child: status = code
        if 3 in ready:
            order = os.read(3, 1024)
            if not order: wanted = False
            orders += order
            while b'\\n' in orders:
                line, orders = orders.split(b'\\n', 1)
                size(terminal, *map(int, line.split()))
        if 0 in ready:
            typed = os.read(0, 4096)
            if not typed: wanted = False
        if not wanted: break
        if terminal in ready:
            try: printed = os.read(terminal, 65536)
            except OSError: printed = b''
            # Nobody has the other end any more.
            if not printed: break
        elif status is not None and not printed: break
        if typed and terminal in free: typed = typed[os.write(terminal, typed):]
        if printed and 1 in free: printed = printed[os.write(1, printed):]
except OSError:
    wanted = False
if not wanted:
    tell(child, signal.SIGHUP)
    tell(child, signal.SIGCONT)
    until = time.monotonic() + 0.5
    while session(child) and time.monotonic() < until:
        if status is None:
            pid, code = os.waitpid(child, os.WNOHANG)
            if pid == child: status = code
        time.sleep(0.02)
    tell(child, signal.SIGKILL)
    while session(child) and time.monotonic() < until + 0.5: time.sleep(0.01)
if status is None: status = os.waitpid(child, 0)[1]
if os.WIFSIGNALED(status):
    signal.signal(os.WTERMSIG(status), signal.SIG_DFL) if os.WTERMSIG(status) != signal.SIGKILL else None
    os.kill(os.getpid(), os.WTERMSIG(status))
sys.exit(os.WEXITSTATUS(status))
`
