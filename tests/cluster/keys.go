package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

func kubeconfig(dir, user string) string {
	return filepath.Join(dir, user+".kubeconfig")
}

// authority signs certificates of the cluster.
type authority struct {
	cert *x509.Certificate
	der  []byte
	key  *ecdsa.PrivateKey
}

// writeKeys makes an authority, the certificates it signs, the key of service accounts, and kubeconfigs.
func writeKeys(dir, server string) error {
	pki := filepath.Join(dir, "pki")
	if err := os.MkdirAll(pki, 0o700); err != nil {
		return err
	}
	ca, err := newAuthority()
	if err != nil {
		return err
	}
	if err := writePEM(filepath.Join(pki, "ca.crt"), "CERTIFICATE", ca.der); err != nil {
		return err
	}
	cert, key, err := ca.sign(pkix.Name{CommonName: "kube-apiserver"}, true)
	if err != nil {
		return err
	}
	accounts, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	private, err := x509.MarshalECPrivateKey(accounts)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(&accounts.PublicKey)
	if err != nil {
		return err
	}
	for _, file := range []struct {
		name, kind string
		der        []byte
	}{{"apiserver.crt", "CERTIFICATE", cert}, {"apiserver.key", "EC PRIVATE KEY", key}, {"sa.key", "EC PRIVATE KEY", private}, {"sa.pub", "PUBLIC KEY", public}} {
		if err := writePEM(filepath.Join(pki, file.name), file.kind, file.der); err != nil {
			return err
		}
	}
	users := map[string]pkix.Name{
		"admin":       {CommonName: "admin", Organization: []string{"system:masters"}},
		"controllers": {CommonName: "system:kube-controller-manager"},
		"scheduler":   {CommonName: "system:kube-scheduler"},
	}
	for user, subject := range users {
		cert, key, err := ca.sign(subject, false)
		if err != nil {
			return err
		}
		text := fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: real
clusters: [{name: real, cluster: {server: %q, certificate-authority-data: %s}}]
users: [{name: %s, user: {client-certificate-data: %s, client-key-data: %s}}]
contexts: [{name: real, context: {cluster: real, user: %s}}]
`, server, b64("CERTIFICATE", ca.der), user, b64("CERTIFICATE", cert), b64("EC PRIVATE KEY", key), user)
		if err := os.WriteFile(kubeconfig(dir, user), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func newAuthority() (authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return authority{}, err
	}
	cert := template(pkix.Name{CommonName: "kennel test cluster"})
	cert.IsCA, cert.BasicConstraintsValid, cert.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	return authority{cert, der, key}, err
}

// sign gives a certificate and its key: for the server on loopback, or for a client.
func (ca authority) sign(subject pkix.Name, server bool) (cert, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	request := template(subject)
	request.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if server {
		request.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		request.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
		request.DNSNames = []string{"localhost", "kubernetes.default.svc"}
	}
	if cert, err = x509.CreateCertificate(rand.Reader, request, ca.cert, &private.PublicKey, ca.key); err != nil {
		return nil, nil, err
	}
	key, err = x509.MarshalECPrivateKey(private)
	return cert, key, err
}

// template fills in what all certificates have.
func template(subject pkix.Name) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	now := time.Now()
	return &x509.Certificate{SerialNumber: serial, Subject: subject, NotBefore: now.Add(-time.Hour),
		NotAfter: now.Add(30 * 24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature}
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

func b64(kind string, der []byte) string {
	return base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
