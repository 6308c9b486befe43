//! The command line. Every flag that overrides a setting says which; every command says what it is for.

use crate::{bench::BenchArgs, settings::Override};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// shime (締め): what a restaurant's tills sold reaches the back office by itself, complete, once, in order.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub struct Cli {
    /// Settings file (TOML); `shime config` prints one with every default explained
    #[arg(long, env = "SHIME_CONFIG", global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to log, e.g. "info" or "info,pos=debug" [setting: log.filter]
    #[arg(long, global = true, value_name = "FILTER")]
    pub log_filter: Option<String>,
    /// What to run
    #[command(subcommand)]
    pub command: Command,
}

/// What to run.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// All three places on this machine with three shops: try everything, nothing to install
    Demo(DemoArgs),
    /// The POS head office: console, till API, delivery to the back office
    Pos(PlaceArgs),
    /// The back office: console, partner API, webhook
    Flaro(PlaceArgs),
    /// One till: its touch screen, its disk, its line to the head office
    Register(TillArgs),
    /// Act as a till for a CSV of sold lines
    Import(ImportArgs),
    /// Bring the databases to this version's schema and exit
    Migrate(MigrateArgs),
    /// Make a company and its first person, so that somebody can log in
    Setup(SetupArgs),
    /// Copy a place's database while it runs
    Backup(BackupArgs),
    /// Go on from a copy of a place's database
    Restore(RestoreArgs),
    /// Make, rotate or retire the key that stored secrets are sealed with
    Keys(KeysArgs),
    /// Print every setting with its default and explanation
    Config,
    /// Measure how fast this machine carries settlements, beside what it could do at best
    Bench(BenchArgs),
}

/// `shime demo`
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// Where the demo keeps its databases; a second start goes on from them
    #[arg(long, default_value = "shime-data", value_name = "DIR")]
    pub data: PathBuf,
    /// Start before 連携開始: no linkage, so that it can be set up by hand. Only with an empty --data
    #[arg(long)]
    pub fresh: bool,
    /// Days of history before today
    #[arg(long, default_value_t = 28, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(0..=730))]
    pub days: u16,
    /// Seconds between two 精算 of a live till
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub close_every: u64,
    /// First of three ports: head office here, back office on the next, a till's touch screen on the third
    #[arg(long, default_value_t = 8201, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1024..=65_000))]
    pub port: u16,
}

/// `shime pos`, `shime flaro`
#[derive(Clone, Debug, Args)]
pub struct PlaceArgs {
    /// Socket address to listen on [setting: listen]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// The address others reach it by [setting: public_url]
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// sqlite:PATH or postgres://… [setting: database]
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
}

/// `shime register`
#[derive(Clone, Debug, Args)]
pub struct TillArgs {
    /// Socket address of the touch screen [setting: register.listen]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// The till
    #[command(flatten)]
    pub register: RegisterArgs,
}

/// Which till
#[derive(Clone, Debug, Args)]
pub struct RegisterArgs {
    /// The till's own disk, sqlite:PATH [setting: register.database]
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// The head office [setting: register.pos_url]
    #[arg(long, value_name = "URL")]
    pub pos_url: Option<String>,
    /// The till's id [setting: register.register_id]
    #[arg(long, value_name = "UUID")]
    pub register_id: Option<String>,
}

/// `shime import`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "The till's token is read from SHIME_REGISTER_TOKEN or the settings (register.token), the password \
                        of --past-login from SHIME_IMPORT_PASSWORD, so that neither stands in a process list."
)]
pub struct ImportArgs {
    /// The CSV
    pub file: PathBuf,
    /// What its columns mean: a TOML file, or a ready one (takeaway, bread-basket)
    #[arg(long, value_name = "NAME|FILE")]
    pub mapping: String,
    /// The report of rows that made no line [default: FILE.report.csv]
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Read and price everything and write the report, but sell nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Use one of the two stores that a running demo keeps ready for imports
    #[arg(long, value_name = "1|2", value_parser = clap::value_parser!(u8).range(1..=2))]
    pub demo: Option<u8>,
    /// Where the demo keeps its data
    #[arg(long, default_value = "shime-data", value_name = "DIR")]
    pub data: PathBuf,
    /// Ask for 過去分連携 of the imported days in the name of this 企業管理者
    #[arg(long, value_name = "LOGIN")]
    pub past_login: Option<String>,
    /// Wait until every settlement is delivered and its business day compared
    #[arg(long)]
    pub wait: bool,
    /// The till that sells
    #[command(flatten)]
    pub register: RegisterArgs,
}

/// `shime migrate`
#[derive(Clone, Debug, Args)]
pub struct MigrateArgs {
    /// Which place
    #[arg(value_enum)]
    pub place: Place,
}

/// A place with a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Place {
    /// The head office
    Pos,
    /// The back office
    Flaro,
    /// The till
    Register,
}

/// `shime setup`
#[derive(Clone, Debug, Args)]
#[command(after_help = "The password is read from SHIME_SETUP_PASSWORD, so that it stands in no process list.")]
pub struct SetupArgs {
    /// Where
    #[arg(value_enum)]
    pub place: SetupPlace,
    /// 企業コード: 1 to 10 digits, the same at both places
    #[arg(long, value_name = "DIGITS")]
    pub company_code: String,
    /// 企業名称
    #[arg(long, value_name = "NAME")]
    pub company_name: String,
    /// The first person's log-in
    #[arg(long, value_name = "LOGIN")]
    pub login: String,
    /// The first person's name
    #[arg(long, value_name = "NAME", default_value = "管理者")]
    pub name: String,
    /// A store to begin with (head office only); repeat for more
    #[arg(long, value_name = "NAME")]
    pub store: Vec<String>,
    /// The person answers the inquiries of every company (back office only): for the operator's own support
    #[arg(long)]
    pub support: bool,
}

/// `shime backup`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "The key file is not copied: keep it elsewhere. PostgreSQL's pg_dump must be installed for its databases."
)]
pub struct BackupArgs {
    /// Which place
    #[arg(value_enum)]
    pub place: Place,
    /// The folder that the copy is put into, under a name with the time in it
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
}

/// `shime restore`
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Stop the place first. It needs the place's settings (--config) and the key file that its secrets were \
                        sealed with (SHIME_KEY_FILE), as the place has them. Nothing is replaced before the copy was read \
                        from end to end, brought up to date and opened with that key. A PostgreSQL database is never \
                        replaced: name an empty one in the settings, and the old one stays."
)]
pub struct RestoreArgs {
    /// Which place
    #[arg(value_enum)]
    pub place: Place,
    /// The copy
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
    /// Also where there is an SQLite database already; it is kept beside it under another name
    #[arg(long)]
    pub force: bool,
}

/// `shime keys`
#[derive(Clone, Copy, Debug, Args)]
#[command(
    after_help = "A running place takes up the changed file by itself within seconds and seals anew what the old key \
                        sealed. With several machines: new, copy the file to all, rotate, copy it again, retire."
)]
pub struct KeysArgs {
    /// What to do with the key file
    #[arg(value_enum)]
    pub deed: KeysDeed,
    /// Whose key file, where key.file is not set: the one beside this place's database
    #[arg(long, value_enum, default_value = "pos")]
    pub place: SetupPlace,
}

/// What to do with the key file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum KeysDeed {
    /// Add a key: the first one seals; a further one is only known until `rotate`
    New,
    /// Seal with the newest key from now on: one that `new` added, or one made now
    Rotate,
    /// Take out all keys but the one that seals
    Retire,
}

/// A place that people log in to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SetupPlace {
    /// The head office
    Pos,
    /// The back office
    Flaro,
}

impl Cli {
    /// The flags that override settings.
    pub fn overrides(&self) -> Vec<Override> {
        let mut all = Vec::new();
        let mut add = |section, key, value: &Option<String>| {
            all.extend(value.clone().map(|value| Override { section, key, value }));
        };
        add("log", "filter", &self.log_filter);
        let place = |section, args: &PlaceArgs, add: &mut dyn FnMut(&'static str, &'static str, &Option<String>)| {
            add(section, "listen", &args.listen);
            add(section, "public_url", &args.public_url);
            add(section, "database", &args.database);
        };
        if let Command::Register(args) = &self.command {
            add("register", "listen", &args.listen);
        }
        match &self.command {
            Command::Pos(args) => place("pos", args, &mut add),
            Command::Flaro(args) => place("flaro", args, &mut add),
            Command::Register(TillArgs { register: args, .. }) | Command::Import(ImportArgs { register: args, .. }) => {
                add("register", "database", &args.database);
                add("register", "pos_url", &args.pos_url);
                add("register", "register_id", &args.register_id);
            }
            Command::Demo(_)
            | Command::Migrate(_)
            | Command::Setup(_)
            | Command::Keys(_)
            | Command::Backup(_)
            | Command::Restore(_)
            | Command::Bench(_)
            | Command::Config => {}
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound_and_every_command_explains_itself() {
        let mut command = Cli::command();
        command.clone().debug_assert();
        command.build();
        for sub in command.get_subcommands() {
            assert!(sub.get_about().is_some(), "{} has no explanation", sub.get_name());
            for arg in sub.get_arguments().filter(|arg| !arg.is_hide_set()) {
                assert!(arg.get_help().is_some(), "{} {} has no explanation", sub.get_name(), arg.get_id());
            }
        }
    }
}
