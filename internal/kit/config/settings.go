package config

import (
	"sort"
	"strings"
)

// Prefix starts the name of every environment variable of Houvast.
const Prefix = "HOUVAST_"

// setting is one thing that can be set: its key in the file, the field it
// fills (*string, *int, *Secret or *[]string), and what to say about it.
type setting struct {
	key     string
	target  any
	example string // value shown, commented out, in the example file
	nl, en  string
}

// settings is the table of everything that can be set, in the order of the
// example file: keys without a section first.
func (c *Config) settings() []setting {
	return []setting{
		{"listen", &c.Listen, `"127.0.0.1:8410"`,
			"Adres en poort waarop Houvast antwoordt. Achter een proxy op dezelfde machine is dit goed zo.",
			"Address and port Houvast answers on. Behind a proxy on the same machine this is fine as it is."},
		{"public_url", &c.PublicURL, `"https://vragen.voorbeeld.nl"`,
			"Het adres waarop klanten en medewerkers Houvast bereiken; elke link in een bericht begint hiermee. Leeg: afgeleid van listen.",
			"The address at which customers and staff reach Houvast; every link in a message starts with it. Empty: derived from listen."},
		{"trusted_proxies", &c.TrustedProxies, `["127.0.0.1", "10.0.0.0/8"]`,
			"Proxy's die mogen zeggen van wie een verzoek komt (adressen of netwerken).",
			"Proxies that may say who a request comes from (addresses or networks)."},
		{"language", &c.Language, `"nl"`,
			"Taal voor wie er nog geen koos: nl of en.",
			"Language for whoever has not chosen one yet: nl or en."},
		{"backup_dir", &c.BackupDir, `"/var/backups/houvast"`,
			"Map voor de back-ups. Leeg: de map backups naast het databasebestand.",
			"Directory for the backups. Empty: the directory backups beside the database file."},
		{"import_max_mb", &c.ImportMaxMB, `256`,
			"Hoe groot een klantenlijst mag zijn die iemand inleest, in MB.",
			"How large a list of customers may be that somebody brings in, in MB."},
		{"stop_delay", &c.StopDelay, `10`,
			"Hoeveel seconden Houvast bij het stoppen nog gewoon antwoordt terwijl /readyz al nee zegt, zodat een load balancer het merkt. Zonder load balancer: 0.",
			"How many seconds Houvast goes on answering when it stops while /readyz already says no, so that a load balancer notices. Without a load balancer: 0."},

		{"db.path", &c.DB.Path, `"/var/lib/houvast/houvast.db"`,
			"Bestand van de ingebouwde database (SQLite).",
			"File of the embedded database (SQLite)."},
		{"db.url", &c.DB.URL, `"postgres://houvast@db.intern/houvast"`,
			"Adres van PostgreSQL, in plaats van db.path. Staat er een wachtwoord in, gebruik dan liever url_file.",
			"Address of PostgreSQL, instead of db.path. If it holds a password, prefer url_file."},
		{"db.url_file", &c.DB.URLFile, `"/run/secrets/houvast-db-url"`,
			"Bestand waarin het adres van PostgreSQL staat.",
			"File that holds the address of PostgreSQL."},

		{"tls.cert", &c.TLS.Cert, `"/etc/houvast/cert.pem"`,
			"Certificaat met keten (PEM), als Houvast zelf https spreekt en geen proxy dat doet.",
			"Certificate with its chain (PEM), when Houvast itself speaks https and no proxy does."},
		{"tls.key", &c.TLS.Key, `"/etc/houvast/key.pem"`,
			"De geheime sleutel bij het certificaat (PEM).",
			"The private key of the certificate (PEM)."},

		{"mail.host", &c.Mail.Host, `"smtp.voorbeeld.nl"`,
			"Mailserver die de berichten verstuurt. Leeg: er gaat geen e-mail uit.",
			"Mail server that sends the messages. Empty: no e-mail goes out."},
		{"mail.port", &c.Mail.Port, `587`,
			"Poort van de mailserver. Leeg: 587, bij implicit 465, bij none 25.",
			"Port of the mail server. Empty: 587, with implicit 465, with none 25."},
		{"mail.tls", &c.Mail.TLS, `"starttls"`,
			"Versleuteling: starttls (verplicht), opportunistic (als de server het aanbiedt), implicit (vanaf de eerste byte) of none (alleen naar deze machine zelf).",
			"Encryption: starttls (mandatory), opportunistic (when the server offers it), implicit (from the first byte) or none (only to this machine itself)."},
		{"mail.ca_file", &c.Mail.CAFile, `"/etc/houvast/mail-ca.pem"`,
			"Certificaten (PEM) die naast die van de machine worden vertrouwd, voor een eigen certificaatautoriteit.",
			"Certificates (PEM) trusted beside the machine's own, for a certificate authority of your own."},
		{"mail.username", &c.Mail.Username, `"houvast"`,
			"Naam om mee aan te melden bij de mailserver. Leeg: zonder aanmelden.",
			"Name to sign in to the mail server with. Empty: without signing in."},
		{"mail.password", &c.Mail.Password, `"…"`,
			"Wachtwoord voor de mailserver. Liever in een bestand: password_file.",
			"Password for the mail server. Better kept in a file: password_file."},
		{"mail.password_file", &c.Mail.PasswordFile, `"/run/secrets/houvast-mail-password"`,
			"Bestand waarin het wachtwoord voor de mailserver staat.",
			"File that holds the password for the mail server."},
		{"mail.from", &c.Mail.From, `"Praktijk De Linde <vragen@voorbeeld.nl>"`,
			"Afzender van de berichten; verplicht zodra mail.host is ingevuld.",
			"Sender of the messages; required once mail.host is set."},

		{"files.scan", &c.Files.Scan, `"unix:///run/clamav/clamd.ctl"`,
			"Virusscanner: adres van clamd (tcp://host:poort of unix:///pad), of een opdracht die het bestand op stdin krijgt en met 0 (schoon) of 1 (besmet) eindigt. Leeg: niemand kijkt.",
			"Virus scanner: address of clamd (tcp://host:port or unix:///path), or a command that gets the file on stdin and ends with 0 (clean) or 1 (infected). Empty: nobody looks."},

		{"log.level", &c.Log.Level, `"info"`,
			"Hoeveel er wordt vastgelegd: debug, info, warn of error.",
			"How much is logged: debug, info, warn or error."},
		{"log.format", &c.Log.Format, `"auto"`,
			"Vorm van het logboek: auto (tekst op een scherm, anders json), text of json.",
			"Form of the log: auto (text on a terminal, else json), text or json."},

		{"metrics.listen", &c.Metrics.Listen, `"127.0.0.1:8411"`,
			"Eigen adres en poort waarop een bewakingssysteem /metrics leest. Leeg: niemand. Buiten deze machine alleen met een token.",
			"Address and port of its own at which a monitor reads /metrics. Empty: nobody. Beyond this machine only with a token."},
		{"metrics.token", &c.Metrics.Token, `"een-lang-geheim-van-u"`,
			"Wat een bewakingssysteem moet tonen (Authorization: Bearer …), minstens 16 tekens. Liever in een bestand: token_file.",
			"What a monitor must show (Authorization: Bearer …), at least 16 characters. Better kept in a file: token_file."},
		{"metrics.token_file", &c.Metrics.TokenFile, `"/run/secrets/houvast-metrics-token"`,
			"Bestand waarin dat token staat.",
			"File that holds that token."},

		{"limits.at_once", &c.Limits.AtOnce, `256`,
			"Hoeveel verzoeken er hoogstens tegelijk worden behandeld. Binnen die grens zijn het er zoveel als op tijd antwoord krijgen.",
			"How many requests are worked on at once at most. Within that bound there are as many as are answered in time."},
		{"limits.waiting", &c.Limits.Waiting, `512`,
			"Hoeveel verzoeken er hoogstens op een plaats wachten; meer krijgen meteen te horen dat het te druk is (503).",
			"How many requests wait for a place at most; more hear at once that there is too much to do (503)."},
		{"limits.wait_ms", &c.Limits.WaitMS, `400`,
			"Hoe lang een verzoek hoogstens op een plaats wacht, en daarna op de database voor er iets wordt opgeslagen, in milliseconden.",
			"How long a request waits for a place at most, and then for the database before anything is saved, in milliseconds."},
		{"limits.answer_ms", &c.Limits.AnswerMS, `200`,
			"Duurt antwoorden gemiddeld langer dan dit, in milliseconden, dan worden er minder verzoeken tegelijk behandeld.",
			"When answers take longer than this on the average, in milliseconds, fewer requests are worked on at once."},
		{"limits.client_at_once", &c.Limits.ClientAtOnce, `64`,
			"Hoeveel verzoeken er van één gebruiker, klant of sleutel tegelijk mogen lopen. 0: onbegrensd.",
			"How many requests of one user, customer or key may be under way at once. 0: no bound."},
		{"limits.client_per_second", &c.Limits.ClientPerSecond, `100`,
			"Hoeveel verzoeken per seconde één gebruiker, klant of sleutel mag doen. 0: onbegrensd.",
			"How many requests a second one user, customer or key may make. 0: no bound."},
		{"limits.anonymous_per_second", &c.Limits.AnonymousPerSecond, `50`,
			"Hoeveel verzoeken per seconde van één adres mogen komen zonder aanmelding. 0: onbegrensd.",
			"How many requests a second may come from one address without signing in. 0: no bound."},
		{"limits.connections", &c.Limits.Connections, `4096`,
			"Hoeveel verbindingen er hoogstens openstaan; volgende wachten.",
			"How many connections are open at most; further ones wait."},
		{"limits.streams", &c.Limits.Streams, `2000`,
			"Hoeveel levende pagina's er hoogstens openstaan.",
			"How many live pages are open at most."},
		{"limits.body_kb", &c.Limits.BodyKB, `1024`,
			"Hoe groot een formulier of API-verzoek mag zijn, in kB. Bestanden hebben hun eigen grens.",
			"How large a form or a call of the API may be, in kB. Files have a bound of their own."},
		{"limits.header_kb", &c.Limits.HeaderKB, `64`,
			"Hoe groot de kop van een verzoek mag zijn, in kB.",
			"How large the header of a request may be, in kB."},
		{"limits.read_seconds", &c.Limits.ReadSeconds, `60`,
			"Hoe lang een verzoek, of 64 kB van een groot verzoek, onderweg mag zijn, in seconden.",
			"How long a request, or 64 kB of a large one, may take to come in, in seconds."},
		{"limits.write_seconds", &c.Limits.WriteSeconds, `60`,
			"Hoe lang een antwoord, of 256 kB van een groot antwoord, onderweg mag zijn, in seconden. Levende pagina's vallen hierbuiten.",
			"How long an answer, or 256 kB of a large one, may take to leave, in seconds. Live pages are exempt."},
		{"limits.memory_mb", &c.Limits.MemoryMB, `512`,
			"Onder hoeveel geheugen het programma probeert te blijven, in MB. Leeg: negen tiende van wat zijn container heeft.",
			"How much memory the program tries to stay below, in MB. Empty: nine tenths of what its container has."},
	}
}

// Keys gives the key of every setting, in order: "listen", "mail.host", …
func Keys() []string {
	var c Config
	list := c.settings()
	keys := make([]string, len(list))
	for i, s := range list {
		keys[i] = s.key
	}
	return keys
}

// EnvName gives the variable of a key: "mail.password_file" → HOUVAST_MAIL_PASSWORD_FILE.
func EnvName(key string) string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// FlagName gives the flag of a key: "mail.password_file" → mail-password-file.
func FlagName(key string) string {
	return strings.NewReplacer(".", "-", "_", "-").Replace(key)
}

// Help gives the line of explanation of a key in a language, Dutch for "nl",
// else English; nothing for an unknown key.
func Help(key, lang string) string {
	var c Config
	for _, s := range c.settings() {
		if s.key == key {
			return s.help(lang)
		}
	}
	return ""
}

func (s setting) help(lang string) string {
	if lang == "nl" {
		return s.nl
	}
	return s.en
}

// nearest gives the known name most like the unknown one, if one is close
// enough to be what was meant.
func nearest(unknown string, known []string) string {
	limit := max(2, len(unknown)/3)
	best, bestAt := "", limit+1
	sorted := append([]string(nil), known...)
	sort.Strings(sorted)
	for _, k := range sorted {
		if d := distance(strings.ToLower(unknown), strings.ToLower(k)); d < bestAt {
			best, bestAt = k, d
		}
	}
	if best != "" {
		return best
	}
	// The right name in the wrong section: "port" or "smtp.port" → mail.port.
	leaf := unknown[strings.LastIndex(unknown, ".")+1:]
	for _, k := range sorted {
		if k[strings.LastIndex(k, ".")+1:] == leaf {
			return k
		}
	}
	return ""
}

// distance is how many letters must be added, dropped or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(row[j]+1, row[j-1]+1, cost)
		}
	}
	return row[len(b)]
}
