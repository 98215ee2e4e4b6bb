package exchange

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/houvast/houvast/internal/kernel/clock"
	"github.com/houvast/houvast/internal/kit/kittest"
)

var (
	benchRows = flag.Int("rows", 100_000, "rows that are read in the benchmark")
	benchAdd  = flag.Int("add", 2000, "customers that are added in the benchmark")
)

// BenchmarkImport reads a list, and checks and adds the customers of another.
func BenchmarkImport(b *testing.B) {
	list := func(n int) string {
		var s strings.Builder
		s.WriteString("Klantnr;Voornaam;Tussenvoegsel;Achternaam;Geboortedatum;Straat;Huisnummer;Postcode;Plaats;Telefoon;E-mail;Opmerking\n")
		for i := range n {
			fmt.Fprintf(&s, "%d;Anna%d;van;Dijk%d;%02d-%02d-%d;Kerkstraat;%d;%d AB;Houten;06-%08d;anna%d@example.nl;\n",
				i, i%977, i, i%28+1, i%12+1, 1930+i%80, i%200+1, 1000+i%8999, 10_000_000+i, i)
		}
		return s.String()
	}
	b.Run("read", func(b *testing.B) {
		w := newWorld(b, kittest.SQLite(b, migrations...))
		text := list(*benchRows)
		for b.Loop() {
			from := clock.Machine.Now()
			w.upload(b, "lijst.csv", text)
			b.ReportMetric(float64(*benchRows)/clock.Machine.Now().Sub(from).Seconds(), "rows/s")
		}
	})
	b.Run("check and add", func(b *testing.B) {
		for b.Loop() {
			w := newWorld(b, kittest.SQLite(b, migrations...))
			i := w.guessed(b, w.upload(b, "lijst.csv", list(*benchAdd)))
			from := clock.Machine.Now()
			w.confirmed(b, i)
			b.ReportMetric(float64(*benchAdd)/clock.Machine.Now().Sub(from).Seconds(), "added/s")
		}
	})
}
