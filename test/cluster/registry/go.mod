// A registry for test:cluster. Not part of the product.
module gatehouse.dev/test/cluster/registry

go 1.26.0

require github.com/google/go-containerregistry v0.22.1
