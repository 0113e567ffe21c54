//! The options of every command.

/// The options of every command.
#[derive(clap::Args)]
pub(super) struct Globals {
    /// Print one JSON document on stdout, and nothing else there
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// The store that holds connections and sessions [default: sqlite:entrada.db]
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "ENTRADA_DATABASE",
        hide_env_values = true
    )]
    pub(super) database: Option<String>,
}

impl Globals {
    pub(super) fn database(&self) -> &str {
        self.database.as_deref().unwrap_or(DEFAULT_DATABASE)
    }
}

/// The file beside the caller.
const DEFAULT_DATABASE: &str = "sqlite:entrada.db";
