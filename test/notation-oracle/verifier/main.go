// Answers, one line of JSON for each on standard input, what notation-go says of an envelope, or signs one.
package main

import (
	"bufio"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/notaryproject/notation-core-go/testhelper"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/signer"
	"github.com/notaryproject/notation-go/verifier"
	"github.com/notaryproject/notation-go/verifier/trustpolicy"
	"github.com/notaryproject/notation-go/verifier/truststore"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

type question struct {
	MediaType string   `json:"mediaType"`
	Envelope  []byte   `json:"envelope"`
	Roots     [][]byte `json:"roots"`
	// Where there are any, signatures need a timestamp below one of them.
	Tsa [][]byte `json:"tsa"`
	// What the envelope is to be about, or is made about.
	Target ocispec.Descriptor `json:"target"`
	// Signs instead, by a key of this type.
	Key string `json:"key"`
	// Verifies under this trust policy; without an envelope it is read alone.
	Policy []byte `json:"policy"`
}

type answer struct {
	OK       bool     `json:"ok"`
	Error    string   `json:"error,omitempty"`
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
		if q.Policy != nil && q.Envelope == nil {
			_, err = read(q)
			a.OK = err == nil
		} else if q.Key != "" {
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

// One statement for everything, strict; revocation is asked of nobody, as in the differential.
func policy(stores ...string) *trustpolicy.Document {
	return &trustpolicy.Document{
		Version: "1.0",
		TrustPolicies: []trustpolicy.TrustPolicy{{
			Name:           "oracle",
			RegistryScopes: []string{"*"},
			SignatureVerification: trustpolicy.SignatureVerification{
				VerificationLevel: "strict",
				Override:          map[trustpolicy.ValidationType]trustpolicy.ValidationAction{trustpolicy.TypeRevocation: trustpolicy.ActionSkip},
			},
			TrustStores:       append([]string{"ca:oracle", "signingAuthority:oracle"}, stores...),
			TrustedIdentities: []string{"*"},
		}},
	}
}

type stores map[truststore.Type][]*x509.Certificate

func (s stores) GetCertificates(_ context.Context, of truststore.Type, _ string) ([]*x509.Certificate, error) {
	return s[of], nil
}

func certificates(all [][]byte) (read []*x509.Certificate, err error) {
	for _, der := range all {
		one, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		read = append(read, one)
	}
	return read, nil
}

func verify(q question) (a answer, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	roots, err := certificates(q.Roots)
	if err != nil {
		return answer{}, err
	}
	tsa, err := certificates(q.Tsa)
	if err != nil {
		return answer{}, err
	}
	asked := policy()
	if len(tsa) > 0 {
		asked = policy("tsa:oracle")
	}
	if q.Policy != nil {
		if asked, err = read(q); err != nil {
			return answer{}, err
		}
	}
	v, err := verifier.New(asked, stores{truststore.TypeCA: roots, truststore.TypeSigningAuthority: roots, truststore.TypeTSA: tsa}, nil)
	if err != nil {
		return answer{}, err
	}
	outcome, err := v.Verify(context.Background(), q.Target, q.Envelope, notation.VerifierVerifyOptions{
		ArtifactReference:  "ghcr.io/acme/app@" + q.Target.Digest.String(),
		SignatureMediaType: q.MediaType,
	})
	if err != nil {
		return answer{}, err
	}
	return answer{OK: true, Subject: outcome.EnvelopeContent.SignerInfo.CertificateChain[0].Subject.String()}, nil
}

func read(q question) (*trustpolicy.Document, error) {
	var document trustpolicy.Document
	if err := json.Unmarshal(q.Policy, &document); err != nil {
		return nil, err
	}
	return &document, document.Validate()
}

func sign(q question) (answer, error) {
	var certs []*x509.Certificate
	var key crypto.PrivateKey
	switch q.Key {
	case "ec":
		leaf, root := testhelper.GetECLeafCertificate(), testhelper.GetECRootCertificate()
		certs, key = []*x509.Certificate{leaf.Cert, root.Cert}, leaf.PrivateKey
	default:
		leaf, root := testhelper.GetRSALeafCertificate(), testhelper.GetRSARootCertificate()
		certs, key = []*x509.Certificate{leaf.Cert, root.Cert}, leaf.PrivateKey
	}
	// The certificates begin at this moment, and signatures are dated in whole seconds.
	time.Sleep(1100 * time.Millisecond)
	by, err := signer.NewGenericSigner(key, certs)
	if err != nil {
		return answer{}, err
	}
	raw, _, err := by.Sign(context.Background(), q.Target, notation.SignerSignOptions{
		SignatureMediaType: q.MediaType,
		ExpiryDuration:     time.Hour,
		SigningAgent:       "oracle",
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
