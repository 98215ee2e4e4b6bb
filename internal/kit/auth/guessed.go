package auth

// guessed are the words that open most lists of passwords in use, in English
// and Dutch, case-folded, without the digits and marks people put around them.
var guessed = []string{
	"password", "passwords", "passw", "passwd", "passphrase", "pass", "p@ssword", "p@ssw0rd", "passw0rd", "pa$$word",
	"wachtwoord", "mijnwachtwoord", "w@chtwoord", "wachtw00rd", "welkom", "welkomwelkom", "welcome", "welcomeback", "welkombij", "geheim",
	"geheimwoord", "secret", "topsecret", "letmein", "letmeinplease", "laatmeerin", "iloveyou", "ikhouvanjou", "ihouvanjou", "ilovejou",
	"qwerty", "qwertyuiop", "qwertyui", "qwertz", "azerty", "azertyuiop", "asdfgh", "asdfghjkl", "zxcvbn", "zxcvbnm",
	"qwerasdf", "qazwsx", "qazwsxedc", "qweasdzxc", "qweasd", "abc", "abcd", "abcdef", "abcdefgh", "abcdefghijkl",
	"admin", "administrator", "adminadmin", "beheer", "beheerder", "root", "toor", "test", "testtest", "tester",
	"guest", "gast", "user", "username", "gebruiker", "login", "inloggen", "default", "changeme", "veranderdit",
	"changethis", "temp", "temporary", "tijdelijk", "tijdelijkwachtwoord", "master", "superuser", "system", "systeem", "computer",
	"internet", "houvast", "zorgzorg", "praktijk", "huisarts", "tandarts", "ziekenhuis", "nederland", "holland", "amsterdam",
	"rotterdam", "utrecht", "feyenoord", "ajaxajax", "ajaxamsterdam", "voetbal", "football", "baseball", "basketball", "monkey",
	"monkeymonkey", "dragon", "sunshine", "zonneschijn", "princess", "prinses", "superman", "batman", "starwars", "pokemon",
	"shadow", "michael", "jennifer", "daniel", "thomas", "jessica", "charlie", "jordan", "hunter", "trustno",
	"winter", "zomer", "summer", "lente", "herfst", "spring", "autumn", "januari", "februari", "september",
	"oktober", "november", "december", "maandag", "vrijdag", "monday", "friday", "hallo", "hallohallo", "hello",
	"hellohello", "helloworld", "hallowereld", "goedemorgen", "correcthorsebatterystaple", "whatever", "freedom", "computer", "blablabla", "lalalala",
}
