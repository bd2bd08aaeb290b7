// A real Kubernetes control plane on loopback, for tests: etcd, API server, controller manager,
// scheduler and KWOK (nodes and kubelets simulated, all else real), with TLS and RBAC on.
//
//	cluster up DIR          starts all, waits until ready, prints the path of a kubeconfig
//	cluster stop DIR NAME   ends one program (etcd, apiserver, controllers, scheduler, kwok)
//	cluster start DIR NAME  starts it again as it was
//	cluster down DIR        ends all and removes DIR
//
// NODES=n simulated nodes (4); NODES=none leaves every controller off, so that objects stay as they are put.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// names lists the programs in the order they start.
var names = []string{"etcd", "apiserver", "controllers", "scheduler", "kwok"}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	usage := errors.New("usage: cluster up|down DIR, cluster stop|start DIR NAME")
	if len(args) < 2 {
		return usage
	}
	dir, err := filepath.Abs(args[1])
	if err != nil {
		return err
	}
	switch {
	case args[0] == "up" && len(args) == 2:
		return up(dir)
	case args[0] == "down" && len(args) == 2:
		return down(dir)
	case args[0] == "stop" && len(args) == 3:
		return stop(dir, args[2])
	case args[0] == "start" && len(args) == 3:
		return start(dir, args[2])
	}
	return usage
}

// up writes keys and kubeconfigs, starts the programs in order, and waits for each that the next needs.
func up(dir string) (err error) {
	if _, err := os.Stat(filepath.Join(dir, "etcd.json")); err == nil {
		return fmt.Errorf("%s holds a cluster already: `down` it first", dir)
	}
	defer func() {
		if err != nil {
			_ = stopAll(dir) // the logs stay, to be read
		}
	}()
	ports, err := freePorts(6)
	if err != nil {
		return err
	}
	server := fmt.Sprintf("https://127.0.0.1:%d", ports[2])
	if err := writeKeys(dir, server); err != nil {
		return err
	}
	if err := writeLogs(dir); err != nil {
		return err
	}
	nodes := os.Getenv("NODES")
	for name, argv := range commands(dir, ports, nodes == "none") {
		if err := save(dir, name, argv); err != nil {
			return err
		}
	}
	for _, name := range []string{"etcd", "apiserver"} {
		if err := start(dir, name); err != nil {
			return err
		}
	}
	if err := ready(dir, time.Minute); err != nil {
		return err
	}
	if nodes != "none" {
		for _, name := range names[2:] {
			if err := start(dir, name); err != nil {
				return err
			}
		}
		count := 4
		if nodes != "" {
			if count, err = strconv.Atoi(nodes); err != nil {
				return fmt.Errorf("NODES=%s is neither a number nor none", nodes)
			}
		}
		if err := addNodes(dir, count); err != nil {
			return err
		}
	}
	fmt.Println(kubeconfig(dir, "admin"))
	return nil
}

// commands gives each program's command line.
func commands(dir string, ports []int, static bool) map[string][]string {
	bin, pki := filepath.Dir(os.Args[0]), func(name string) string { return filepath.Join(dir, "pki", name) }
	etcd, peer := fmt.Sprintf("http://127.0.0.1:%d", ports[0]), fmt.Sprintf("http://127.0.0.1:%d", ports[1])
	// Admission that would change or refuse what static data says is off with the controllers.
	off := "ServiceAccount"
	if static {
		off += ",NamespaceLifecycle,ResourceQuota,LimitRanger,Priority,TaintNodesByCondition,PodSecurity,StorageObjectInUseProtection,DefaultTolerationSeconds,RuntimeClass"
	}
	api := []string{filepath.Join(bin, "kube-apiserver"), "--etcd-servers", etcd,
		"--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1", "--secure-port", strconv.Itoa(ports[2]),
		"--cert-dir", pki(""), "--tls-cert-file", pki("apiserver.crt"), "--tls-private-key-file", pki("apiserver.key"),
		"--client-ca-file", pki("ca.crt"), "--requestheader-client-ca-file", pki("ca.crt"),
		"--requestheader-allowed-names", "front-proxy", "--requestheader-username-headers", "X-Remote-User",
		"--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", pki("sa.pub"),
		"--service-account-signing-key-file", pki("sa.key"), "--authorization-mode", "RBAC", "--allow-privileged",
		// No name of a node can be looked up.
		"--kubelet-preferred-address-types", "InternalIP",
		"--service-cluster-ip-range", "10.0.0.0/12", "--endpoint-reconciler-type", "none",
		"--disable-admission-plugins", off}
	api = append(api, strings.Fields(os.Getenv("KENNEL_APISERVER_FLAGS"))...)
	quick := []string{"--kube-api-qps", "2000", "--kube-api-burst", "2000", "--leader-elect=false", "--bind-address", "127.0.0.1"}
	controllers := append([]string{filepath.Join(bin, "kube-controller-manager"),
		"--kubeconfig", kubeconfig(dir, "controllers"), "--authentication-kubeconfig", kubeconfig(dir, "controllers"),
		"--authorization-kubeconfig", kubeconfig(dir, "controllers"), "--secure-port", strconv.Itoa(ports[3]),
		"--cert-dir", pki("controllers"), "--service-account-private-key-file", pki("sa.key"), "--root-ca-file", pki("ca.crt"),
		"--use-service-account-credentials", "--controllers", "*",
		// A busy machine starves the simulated heartbeats; pods must not turn unready by that.
		"--node-monitor-grace-period", "15m"}, quick...)
	scheduler := append([]string{filepath.Join(bin, "kube-scheduler"),
		"--kubeconfig", kubeconfig(dir, "scheduler"), "--authentication-kubeconfig", kubeconfig(dir, "scheduler"),
		"--authorization-kubeconfig", kubeconfig(dir, "scheduler"), "--secure-port", strconv.Itoa(ports[4]),
		"--cert-dir", pki("scheduler")}, quick...)
	kwok := []string{filepath.Join(bin, "kwok"), "--kubeconfig", kubeconfig(dir, "admin"), "--manage-all-nodes",
		"--cidr", "10.64.0.0/10", "--node-ip", "127.0.0.1",
		// Every node's kubelet, for logs.
		"--node-port", strconv.Itoa(ports[5]), "--server-address", fmt.Sprintf("127.0.0.1:%d", ports[5]),
		"--config", filepath.Join(dir, "logs.yaml")}
	// Without stages KWOK quits; they are part of its own module.
	stages, _ := filepath.Glob(filepath.Join(bin, "stages", "*.yaml"))
	for _, stage := range stages {
		kwok = append(kwok, "--config", stage)
	}
	return map[string][]string{
		"etcd": {filepath.Join(bin, "server"), "--data-dir", filepath.Join(dir, "etcd"), "--listen-client-urls", etcd,
			"--advertise-client-urls", etcd, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
			"--initial-cluster", "default=" + peer, "--unsafe-no-fsync", "--quota-backend-bytes", "8589934592", "--log-level", "warn"},
		"apiserver": api, "controllers": controllers, "scheduler": scheduler, "kwok": kwok,
	}
}

// lines are what every container has written: what the embedded cluster's write that end by themselves.
var lines = []string{`level=info msg="configuration read"`, `level=info msg="listening" addr=:8080`, `level=info msg="done"`}

// writeLogs writes the log of all containers, in the form of the container runtime, and where KWOK finds it.
func writeLogs(dir string) error {
	var log strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&log, "%s stdout F %s\n", time.Now().UTC().Format(time.RFC3339Nano), line)
	}
	file := filepath.Join(dir, "containers.log")
	config := fmt.Sprintf("apiVersion: kwok.x-k8s.io/v1alpha1\nkind: ClusterLogs\nmetadata: {name: all}\nspec: {logs: [{logsFile: %q}]}\n", file)
	return errors.Join(
		os.WriteFile(file, []byte(log.String()), 0o600),
		os.WriteFile(filepath.Join(dir, "logs.yaml"), []byte(config), 0o600))
}

// program is what is kept of one in DIR/NAME.json: how it is started, and the process that runs.
type program struct {
	Argv []string
	Pid  int
}

func save(dir, name string, argv []string) error {
	return write(dir, name, program{Argv: argv})
}

func write(dir, name string, p program) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".json"), text, 0o600)
}

func read(dir, name string) (p program, err error) {
	text, err := os.ReadFile(filepath.Join(dir, name+".json"))
	if err != nil {
		return p, fmt.Errorf("no program %q in %s (there are %s)", name, dir, strings.Join(names, ", "))
	}
	return p, json.Unmarshal(text, &p)
}

func start(dir, name string) error {
	p, err := read(dir, name)
	if err != nil {
		return err
	}
	if p.Pid != 0 && alive(p) {
		return nil
	}
	log, err := os.OpenFile(filepath.Join(dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(p.Argv[0], p.Argv[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // outlives the test that started it
	if err := cmd.Start(); err != nil {
		return err
	}
	p.Pid = cmd.Process.Pid
	if err := write(dir, name, p); err != nil {
		return err
	}
	return cmd.Process.Release()
}

// alive tells whether the process runs and is still that program (numbers are used again).
func alive(p program) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.Pid))
	return err == nil && strings.HasPrefix(string(line), p.Argv[0]+"\x00")
}

func stop(dir, name string) error {
	p, err := read(dir, name)
	if err != nil || p.Pid == 0 {
		return err
	}
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		for tries := 0; tries < 50 && alive(p); tries++ {
			if tries == 0 {
				_ = syscall.Kill(p.Pid, signal)
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	p.Pid = 0
	return write(dir, name, p)
}

func stopAll(dir string) error {
	var errs []error
	for at := len(names) - 1; at >= 0; at-- {
		if _, err := os.Stat(filepath.Join(dir, names[at]+".json")); err == nil {
			errs = append(errs, stop(dir, names[at]))
		}
	}
	return errors.Join(errs...)
}

func down(dir string) error {
	// Only a folder that `up` made is removed.
	if _, err := os.Stat(filepath.Join(dir, "etcd.json")); err != nil {
		return fmt.Errorf("%s holds no cluster", dir)
	}
	return errors.Join(stopAll(dir), os.RemoveAll(dir))
}

func kubectl(dir string, stdin string, args ...string) ([]byte, error) {
	cmd := exec.Command(filepath.Join(filepath.Dir(os.Args[0]), "kubectl"), append([]string{"--kubeconfig", kubeconfig(dir, "admin")}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	return cmd.CombinedOutput()
}

func ready(dir string, patience time.Duration) error {
	var said []byte
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(300 * time.Millisecond) {
		var err error
		if said, err = kubectl(dir, "", "get", "--raw", "/readyz"); err == nil {
			return nil
		}
	}
	return fmt.Errorf("the API server is not ready after %s: %s (see %s)", patience, said, filepath.Join(dir, "apiserver.log"))
}

func addNodes(dir string, count int) error {
	var yaml strings.Builder
	for i := range count {
		fmt.Fprintf(&yaml, `---
apiVersion: v1
kind: Node
metadata: {name: node-%03[1]d, labels: {kubernetes.io/os: linux, kubernetes.io/hostname: node-%03[1]d, type: kwok}, annotations: {kwok.x-k8s.io/node: fake}}
status: {allocatable: {cpu: "256", memory: 1Ti, pods: "4000"}, capacity: {cpu: "256", memory: 1Ti, pods: "4000"}}
`, i)
	}
	if said, err := kubectl(dir, yaml.String(), "apply", "--server-side", "-f", "-"); err != nil {
		return fmt.Errorf("nodes: %s", said)
	}
	return nil
}

func freePorts(count int) ([]int, error) {
	var ports []int
	for range count {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close() // all are held until the last is found: no two alike
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
