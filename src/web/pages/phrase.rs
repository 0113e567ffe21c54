//! All that pages of ours say, as one table: each text once, in every language that is shipped. Translations of others are beside it.

/// A language of pages. It may lack phrases, for example those of later versions: they are said in English.
///
/// ```
/// use entrada::web::pages::{Phrase, Translation};
///
/// struct Dutch;
///
/// impl Translation for Dutch {
///     fn tag(&self) -> &str {
///         "nl"
///     }
///
///     fn say(&self, phrase: &Phrase<'_>) -> Option<String> {
///         Some(match phrase {
///             Phrase::SignIn => "Aanmelden".to_owned(),
///             Phrase::SignedInFrom { name } => format!("U bent aangemeld als {name} vanaf:"),
///             _ => return None,
///         })
///     }
/// }
/// ```
pub trait Translation: Send + Sync {
    /// The tag of the language (BCP 47), such as `nl` or `pt-BR`.
    fn tag(&self) -> &str;

    /// The text of a phrase: plain text, which the page escapes.
    fn say(&self, phrase: &Phrase<'_>) -> Option<String>;
}

/// Makes [`Phrase`] of the table, and the languages that speak it.
macro_rules! phrases {
    ($($name:ident $({ $($argument:ident),+ })? = $english:literal, $german:literal;)+) => {
        /// A text of a page, with what is put into it. The documentation of each is the English text.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[non_exhaustive]
        pub enum Phrase<'a> {
            $(
                #[doc = $english]
                $name $({ $(
                    /// The text that takes its place.
                    $argument: &'a str
                ),+ })?,
            )+
        }

        impl Translation for English {
            fn tag(&self) -> &str {
                "en"
            }

            fn say(&self, phrase: &Phrase<'_>) -> Option<String> {
                Some(match phrase {
                    $(Phrase::$name $({ $($argument),+ })? => format!($english),)+
                })
            }
        }

        impl Translation for German {
            fn tag(&self) -> &str {
                "de"
            }

            fn say(&self, phrase: &Phrase<'_>) -> Option<String> {
                Some(match phrase {
                    $(Phrase::$name $({ $($argument),+ })? => format!($german),)+
                })
            }
        }

        #[cfg(test)]
        impl Phrase<'static> {
            /// Each phrase, with the names of its arguments in their places.
            pub(super) const ALL: &[(Phrase<'static>, &[&str])] = &[$((
                Phrase::$name $({ $($argument: concat!("<", stringify!($argument), ">")),+ })?,
                &[$($(concat!("<", stringify!($argument), ">")),+)?],
            ),)+];
        }
    };
}

/// English, the language of whatever a translation does not say.
#[derive(Clone, Copy, Debug)]
pub struct English;

/// German, with the formal "Sie".
#[derive(Clone, Copy, Debug)]
pub struct German;

phrases! {
    // Links, buttons and labels.
    SignIn = "Sign in", "Anmelden";
    SignOut = "Sign out", "Abmelden";
    SignOutEverywhere = "Sign out everywhere", "Überall abmelden";
    Continue = "Continue", "Weiter";
    BackToStart = "Back to the start", "Zurück zur Startseite";
    ToStart = "To the start", "Zur Startseite";
    Code = "Code", "Code";
    Number = "Number", "Vorgangsnummer";

    // The sign-in page.
    NothingToChoose = "There is no sign-in to choose here. Use the address that your organisation gave you.",
        "Hier steht keine Anmeldung zur Auswahl. Bitte verwenden Sie die Adresse, die Sie von Ihrer Organisation erhalten haben.";
    UnknownEmail { email } = "No organisation here has the domain of {email}.",
        "Keine Organisation verwendet hier die Domäne von {email}.";
    WorkEmail = "Your work e-mail address", "Ihre geschäftliche E-Mail-Adresse";
    ChooseOrganisation = "Choose your organisation", "Wählen Sie Ihre Organisation aus";
    LastTime = "last time", "zuletzt verwendet";

    // On the way.
    OneMoment = "One moment", "Einen Moment bitte";
    SigningIn = "Signing in", "Anmeldung läuft";
    OnTheWay = "You are on your way to your organisation's sign-in page.",
        "Sie werden zur Anmeldeseite Ihrer Organisation weitergeleitet.";
    CameAgain = "This page was loaded a second time. You are on your way to where the first time led.",
        "Diese Seite wurde ein zweites Mal geladen. Sie werden dorthin weitergeleitet, wohin sie beim ersten Mal geführt hat.";
    SomebodyIsSignedIn = "Somebody is signed in here", "In diesem Browser ist bereits jemand angemeldet";
    SomebodyElse = "This page was loaded a second time. In this browser somebody is signed in already, and perhaps as another person than this page is about. It changed nothing.",
        "Diese Seite wurde ein zweites Mal geladen. In diesem Browser ist bereits jemand angemeldet, möglicherweise eine andere Person als die, um die es auf dieser Seite ging. Es wurde nichts geändert.";
    GoOnAsSignedIn = "Go on as whoever is signed in", "Mit der angemeldeten Person fortfahren";
    NothingToSee = "Nothing to see here", "Hier gibt es nichts zu sehen";
    ForMachines = "This is where your organisation's sign-in page sends its answer. To sign in, begin at the start.",
        "An diese Adresse sendet die Anmeldeseite Ihrer Organisation ihre Antwort. Bitte beginnen Sie die Anmeldung auf der Startseite.";

    // Refusals: the titles.
    SignInFailed = "The sign-in did not succeed", "Die Anmeldung ist fehlgeschlagen";
    SignOutFailed = "The sign-out did not succeed", "Die Abmeldung ist fehlgeschlagen";
    SessionsFailed = "Your sessions cannot be shown or ended",
        "Ihre Sitzungen können nicht angezeigt oder beendet werden";
    MetadataFailed = "The metadata cannot be shown", "Die Metadaten können nicht angezeigt werden";
    NotForYou = "This page is not for you", "Sie haben keinen Zugriff auf diese Seite";
    NotNow = "Not available right now", "Derzeit nicht verfügbar";
    NoSuchPage = "There is no such page", "Diese Seite gibt es nicht";
    NoSuchRequest = "This address takes no such request", "Diese Adresse nimmt eine solche Anfrage nicht an";

    // Refusals: the advice to the person.
    SignInAgain = "Please sign in again. If that does not help, give your administrator the code and the number below.",
        "Bitte melden Sie sich erneut an. Falls das nicht hilft, nennen Sie Ihrer Administration bitte den Code und die Vorgangsnummer, die unten stehen.";
    TookTooLong = "The sign-in took too long, or this page was loaded a second time. Please sign in again.",
        "Die Anmeldung hat zu lange gedauert, oder diese Seite wurde ein zweites Mal geladen. Bitte melden Sie sich erneut an.";
    TookTooLongNotSignedIn = "The sign-in took too long, or this page was loaded a second time. You are not signed in.",
        "Die Anmeldung hat zu lange gedauert, oder diese Seite wurde ein zweites Mal geladen. Sie sind nicht angemeldet.";
    OtherBrowser = "The sign-in began in another browser, or cookies are off. Please sign in again, in this browser.",
        "Die Anmeldung wurde in einem anderen Browser gestartet, oder Cookies sind ausgeschaltet. Bitte melden Sie sich in diesem Browser erneut an.";
    Deactivated = "Your account here has been deactivated. Please ask your administrator if you should still have access.",
        "Ihr Konto wurde hier deaktiviert. Bitte wenden Sie sich an Ihre Administration, wenn Sie weiterhin Zugriff haben sollten.";
    SeatsTaken = "All seats that your organisation has here are taken. Please ask your administrator for one.",
        "Alle Plätze Ihrer Organisation sind belegt. Bitte wenden Sie sich an Ihre Administration, um einen Platz zu erhalten.";
    NotProvisioned = "Your organisation knows you, but has not set you up for this app yet. If you were added a short while ago, try again in an hour; else please give your administrator the code and the number below.",
        "Ihre Organisation kennt Sie, hat Sie für diese Anwendung aber noch nicht eingerichtet. Wenn Sie erst vor Kurzem hinzugefügt wurden, versuchen Sie es in einer Stunde erneut. Andernfalls nennen Sie Ihrer Administration bitte den Code und die Vorgangsnummer, die unten stehen.";
    Unidentified = "Your organisation knows you, but this app cannot tell which of its users you are. Signing in again does not help: please give your administrator the code and the number below.",
        "Ihre Organisation kennt Sie, aber diese Anwendung kann Sie keinem ihrer Benutzerkonten zuordnen. Eine erneute Anmeldung hilft nicht: Bitte nennen Sie Ihrer Administration den Code und die Vorgangsnummer, die unten stehen.";
    NotAssigned = "Your organisation's sign-in says that your account is not assigned to the app. Please ask your administrator for access.",
        "Laut der Anmeldeseite Ihrer Organisation ist Ihr Konto dieser Anwendung nicht zugewiesen. Bitte wenden Sie sich an Ihre Administration, um Zugriff zu erhalten.";
    AccountDisabled = "Your organisation's sign-in says that your account is disabled. Please ask your administrator if you should still have access.",
        "Laut der Anmeldeseite Ihrer Organisation ist Ihr Konto deaktiviert. Bitte wenden Sie sich an Ihre Administration, wenn Sie weiterhin Zugriff haben sollten.";
    AccountElsewhere = "Your organisation's sign-in does not know the account that you signed in with. Please sign in again with the account of your organisation.",
        "Die Anmeldeseite Ihrer Organisation kennt das verwendete Konto nicht. Bitte melden Sie sich mit dem Konto Ihrer Organisation erneut an.";
    AccessBlocked = "A rule of your organisation does not allow this sign-in, for example from this place or this device. Please ask your administrator.",
        "Eine Richtlinie Ihrer Organisation lässt diese Anmeldung nicht zu, zum Beispiel von diesem Ort oder von diesem Gerät aus. Bitte wenden Sie sich an Ihre Administration.";
    TooManySignIns = "Too many sign-ins begin from your network. Please try again in a minute.",
        "Aus Ihrem Netzwerk werden zu viele Anmeldungen gestartet. Bitte versuchen Sie es in einer Minute erneut.";
    NotAvailable = "Sign-in is not available right now. Please try again in a few minutes.",
        "Die Anmeldung ist derzeit nicht verfügbar. Bitte versuchen Sie es in einigen Minuten erneut.";
    StoreIsAway = "The site cannot reach its database right now, so it cannot tell who you are. Please try again in a moment: you need not sign in again.",
        "Die Datenbank der Website ist derzeit nicht erreichbar, daher kann nicht festgestellt werden, wer Sie sind. Bitte versuchen Sie es in einem Moment erneut: Sie müssen sich nicht neu anmelden.";
    AsksForMore = "You are signed in, but this page asks for more than your account has. If you need it, ask your administrator.",
        "Sie sind angemeldet, aber für diese Seite reichen die Rechte Ihres Kontos nicht aus. Wenn Sie Zugriff benötigen, wenden Sie sich bitte an Ihre Administration.";

    // Addresses that are nearly ours.
    NothingHere = "Nothing here has this address.", "Unter dieser Adresse ist hier nichts zu finden.";
    DidYouMean = "Did you mean this one?", "Meinten Sie diese?";
    NearlyAddress { address } = "This address is nearly {address}, which is for the sign-in page of your organisation. To sign in, begin at the start.",
        "Diese Adresse ähnelt {address}, der Adresse für die Anmeldeseite Ihrer Organisation. Bitte beginnen Sie die Anmeldung auf der Startseite.";
    SentToAnother { address } = "Your organisation's sign-in page sent its answer here. The address for it is {address}. To sign in, begin at the start.",
        "Die Anmeldeseite Ihrer Organisation hat ihre Antwort hierher gesendet. Die richtige Adresse dafür ist {address}. Bitte beginnen Sie die Anmeldung auf der Startseite.";
    NotForThis = "There is something at this address, but not for what was sent to it.",
        "Unter dieser Adresse gibt es etwas, das aber nicht annimmt, was gesendet wurde.";

    // Signing out.
    YouAreSignedOut = "You are signed out", "Sie sind abgemeldet";
    SignedOutHere = "You are signed out of this app. Your organisation's sign-in may still be open: on a shared computer, sign out there too.",
        "Sie sind von dieser Anwendung abgemeldet. Bei Ihrer Organisation sind Sie möglicherweise noch angemeldet: Melden Sie sich an einem gemeinsam genutzten Computer auch dort ab.";
    SignedOutEverywhere = "You are signed out of this app and of your organisation's sign-in.",
        "Sie sind von dieser Anwendung und bei Ihrer Organisation abgemeldet.";
    SignedOutPartly = "You are signed out of this app. Some other apps may still be open: on a shared computer, close the browser.",
        "Sie sind von dieser Anwendung abgemeldet. Andere Anwendungen sind möglicherweise noch offen: Schließen Sie an einem gemeinsam genutzten Computer den Browser.";
    SignOutDone = "The sign-out is done", "Die Abmeldung ist erfolgt";
    AnotherSessionGoesOn = "The session that was meant is over. In this browser you are signed in with another one, which goes on.",
        "Die gemeinte Sitzung ist beendet. In diesem Browser sind Sie mit einer anderen Sitzung angemeldet, die weiterläuft.";
    NothingToSignOutOf = "There is nothing to sign out of", "Keine Sitzung zum Abmelden";
    NoSession = "Your browser sent no session of this app. If you still see yourself signed in, sign out on a page of the app.",
        "Ihr Browser hat keine Sitzung dieser Anwendung gesendet. Falls Sie noch angemeldet erscheinen, melden Sie sich bitte auf einer Seite der Anwendung ab.";

    // The page that tells who is signed in, and a person's own sessions.
    Home = "Entrada", "Entrada";
    SignedInAs { name, connection } = "You are signed in as {name} over {connection}.",
        "Sie sind als {name} über {connection} angemeldet.";
    NotSignedIn = "You are not signed in.", "Sie sind nicht angemeldet.";
    YourSessions = "Your sessions", "Ihre Sitzungen";
    SignedInFrom { name } = "You are signed in as {name} from:", "Sie sind als {name} angemeldet von:";
    BrowserOn { browser, system } = "{browser} on {system}", "{browser} auf {system}";
    UnknownBrowser = "An unknown browser", "Unbekannter Browser";
    AtAddress { address } = "at {address}", "mit der Adresse {address}";
    Since = "Since", "Seit";
    LastUsed = "last used", "zuletzt verwendet";
    ThisSession = "This is the one that you are using.", "Diese Sitzung verwenden Sie gerade.";
    TheOneSince = "the one since", "(die Sitzung seit)";
    SignOutOthers = "Sign out all others", "Alle anderen abmelden";
}
