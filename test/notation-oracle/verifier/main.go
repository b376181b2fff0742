// Answers, one line of JSON for each on standard input, what notation-core-go says of an envelope, or signs one.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/notaryproject/notation-core-go/signature"
	_ "github.com/notaryproject/notation-core-go/signature/cose"
	_ "github.com/notaryproject/notation-core-go/signature/jws"
	"github.com/notaryproject/notation-core-go/testhelper"
)

type question struct {
	MediaType string   `json:"mediaType"`
	Envelope  []byte   `json:"envelope"`
	Roots     [][]byte `json:"roots"`
	Now       int64    `json:"now"`
	// Signs instead, over this payload.
	Sign []byte `json:"sign"`
	Key  string `json:"key"`
}

type answer struct {
	OK       bool     `json:"ok"`
	Error    string   `json:"error,omitempty"`
	Payload  []byte   `json:"payload,omitempty"`
	Scheme   string   `json:"scheme,omitempty"`
	Expiry   int64    `json:"expiry,omitempty"`
	Signed   int64    `json:"signed,omitempty"`
	Subject  string   `json:"subject,omitempty"`
	Envelope []byte   `json:"envelope,omitempty"`
	Chain    [][]byte `json:"chain,omitempty"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	decoder := json.NewDecoder(in)
	for decoder.More() {
		var q question
		if err := decoder.Decode(&q); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		var a answer
		var err error
		if q.Sign != nil {
			a, err = sign(q)
		} else {
			a, err = verify(q)
		}
		if err != nil {
			a = answer{Error: err.Error()}
		}
		_ = out.Encode(a)
	}
}

func verify(q question) (a answer, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	envelope, err := signature.ParseEnvelope(q.MediaType, q.Envelope)
	if err != nil {
		return answer{}, err
	}
	content, err := envelope.Verify()
	if err != nil {
		return answer{}, err
	}
	var roots []*x509.Certificate
	for _, der := range q.Roots {
		root, err := x509.ParseCertificate(der)
		if err != nil {
			return answer{}, err
		}
		roots = append(roots, root)
	}
	info := &content.SignerInfo
	if _, err := signature.VerifyAuthenticity(info, roots); err != nil {
		return answer{}, err
	}
	now := time.UnixMilli(q.Now)
	attributes := info.SignedAttributes
	if !attributes.Expiry.IsZero() && !now.Before(attributes.Expiry) {
		return answer{}, fmt.Errorf("expired")
	}
	at := now
	if attributes.SigningScheme == signature.SigningSchemeX509SigningAuthority {
		at = attributes.SigningTime
	}
	for _, certificate := range info.CertificateChain {
		if at.Before(certificate.NotBefore) || at.After(certificate.NotAfter) {
			return answer{}, fmt.Errorf("not valid at %v", at)
		}
	}
	for _, attribute := range attributes.ExtendedAttributes {
		if attribute.Critical || attribute.Key == "io.cncf.notary.verificationPlugin" {
			return answer{}, fmt.Errorf("attribute %v", attribute.Key)
		}
	}
	a = answer{OK: true, Payload: content.Payload.Content, Scheme: string(attributes.SigningScheme), Signed: attributes.SigningTime.UnixMilli(), Subject: info.CertificateChain[0].Subject.String()}
	if content.Payload.ContentType != "application/vnd.cncf.notary.payload.v1+json" {
		return answer{}, fmt.Errorf("content type")
	}
	if !attributes.Expiry.IsZero() {
		a.Expiry = attributes.Expiry.UnixMilli()
	}
	return a, nil
}

func sign(q question) (answer, error) {
	var certs []*x509.Certificate
	var key any
	switch q.Key {
	case "ec":
		leaf, root := testhelper.GetECLeafCertificate(), testhelper.GetECRootCertificate()
		certs, key = []*x509.Certificate{leaf.Cert, root.Cert}, leaf.PrivateKey
	default:
		leaf, root := testhelper.GetRSALeafCertificate(), testhelper.GetRSARootCertificate()
		certs, key = []*x509.Certificate{leaf.Cert, root.Cert}, leaf.PrivateKey
	}
	signer, err := signature.NewLocalSigner(certs, key)
	if err != nil {
		return answer{}, err
	}
	envelope, err := signature.NewEnvelope(q.MediaType)
	if err != nil {
		return answer{}, err
	}
	now := time.UnixMilli(q.Now)
	raw, err := envelope.Sign(&signature.SignRequest{
		Payload:       signature.Payload{ContentType: "application/vnd.cncf.notary.payload.v1+json", Content: q.Sign},
		Signer:        signer,
		SigningTime:   time.Now().Add(2 * time.Second).Truncate(time.Second),
		Expiry:        now.Add(time.Hour).Truncate(time.Second),
		SigningScheme: signature.SigningSchemeX509,
		SigningAgent:  "oracle",
	})
	if err != nil {
		return answer{}, err
	}
	var chain [][]byte
	for _, certificate := range certs {
		chain = append(chain, certificate.Raw)
	}
	return answer{OK: true, Envelope: raw, Chain: chain}, nil
}
