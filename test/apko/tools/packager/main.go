// The program packager emits, signs and indexes APK packages with melange's own code, from a recipe without pipelines and a
// folder that holds what is installed (melange-out/NAME/...). No command is run, so no sandbox is needed.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	apko_build "chainguard.dev/apko/pkg/build"
	"chainguard.dev/apko/pkg/build/types"
	"chainguard.dev/melange/pkg/build"
	"chainguard.dev/melange/pkg/container"
	"chainguard.dev/melange/pkg/index"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// still is a runner of melange that runs nothing.
type still struct{}

func (still) Close() error                                          { return nil }
func (still) Name() string                                          { return "still" }
func (still) TestUsability(context.Context) bool                    { return true }
func (still) OCIImageLoader() container.Loader                      { return still{} }
func (still) StartPod(context.Context, *container.Config) error     { return nil }
func (still) TerminatePod(context.Context, *container.Config) error { return nil }
func (still) TempDir() string                                       { return "" }
func (still) RemoveImage(context.Context, string) error             { return nil }

func (still) Run(context.Context, *container.Config, map[string]string, ...string) error { return nil }

func (still) WorkspaceTar(context.Context, *container.Config, []string) (io.ReadCloser, error) {
	return nil, nil
}

func (still) GetReleaseData(context.Context, *container.Config) (*apko_build.ReleaseData, error) {
	return &apko_build.ReleaseData{ID: "acme", Name: "acme", VersionID: "1"}, nil
}

func (still) LoadImage(context.Context, v1.Layer, types.Architecture, *apko_build.Context) (string, error) {
	return "", nil
}

// begin gives a repository an empty index where it has none: melange reads it, though nothing is installed from it.
func begin(ctx context.Context, folder, key string) error {
	file := filepath.Join(folder, "APKINDEX.tar.gz")
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	empty, err := index.New(index.WithIndexFile(file), index.WithSigningKey(key))
	if err != nil {
		return err
	}
	return empty.GenerateIndex(ctx)
}

func pack(ctx context.Context, recipe, source, out, key, arch, commit string) error {
	architecture := types.ParseArchitecture(arch)
	if err := begin(ctx, filepath.Join(out, architecture.ToAPK()), key); err != nil {
		return err
	}
	b, err := build.New(ctx,
		build.WithExtraRepos([]string{out}), build.WithExtraKeys([]string{key + ".pub"}),
		build.WithConfig(recipe), build.WithSourceDir(source), build.WithOutDir(out), build.WithSigningKey(key),
		build.WithArch(architecture), build.WithNamespace("acme"), build.WithGenerateIndex(true),
		build.WithConfigFileRepositoryURL("https://git.acme.example/packages"), build.WithConfigFileRepositoryCommit(commit),
		build.WithConfigFileLicense("Apache-2.0"), build.WithRunner(still{}), build.WithRemove(true),
	)
	if err != nil {
		return err
	}
	defer b.Close(ctx)
	return b.BuildPackage(ctx)
}

func main() {
	recipe := flag.String("recipe", "", "melange.yaml")
	source := flag.String("source", "", "folder with melange-out/NAME")
	out := flag.String("out", "", "repository, a folder each architecture")
	key := flag.String("key", "", "RSA key, PEM; beside it NAME.pub")
	arch := flag.String("arch", "x86_64", "architecture")
	commit := flag.String("commit", "", "commit of the recipe")
	flag.Parse()
	if err := pack(context.Background(), *recipe, *source, *out, *key, *arch, *commit); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
