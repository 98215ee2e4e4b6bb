package config

import (
	"fmt"
	"log/slog"
)

// mask is what stands in the place of a secret.
const mask = "***"

// Secret is a password or an address that holds one. However it is printed,
// logged or marshalled, it shows nothing but whether it is set.
//
// The value sits behind a pointer because fmt does not call methods on the
// unexported fields of somebody else's struct: it then prints an address.
type Secret struct{ value *string }

// NewSecret keeps value out of sight.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{value: &value}
}

// Reveal gives the value, for the one place that must use it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsSet says whether there is a value.
func (s Secret) IsSet() bool { return s.value != nil }

// String is the mask, or nothing when the secret is not set.
func (s Secret) String() string {
	if s.value == nil {
		return ""
	}
	return mask
}

// Format prints the mask for every verb: %v, %+v, %#v, %x and %d too.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue is the mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is the mask, so that neither JSON nor TOML shows the value.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
