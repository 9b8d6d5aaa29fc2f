//! The program: `xiangtu up`, `run`, `jobs`, `recipe`, `worker`, `import`, `export`, `ingest`, `layer`, `list`, `user`, `backup`, `restore`.

mod attendant;
mod cli;
mod demo;
mod export;
mod failure;
mod home;
mod import;
mod ingest;
mod jobs_command;
mod keep;
mod layer;
mod layer_remove;
mod layer_table;
mod list;
mod office;
mod recipe;
mod run;
mod terminal;
mod up;
mod user;
mod worker;

use std::process::ExitCode;

use clap::Parser as _;
use store::cluster::Mode;
use tracing_subscriber::EnvFilter;

use crate::cli::{Cli, Command, Export, Import};
use crate::failure::Failure;
use crate::home::Home;
use crate::office::Office;

fn main() -> ExitCode {
    // The child that opens foreign files locks itself down before anything else happens.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|argument| argument == "gdal-child")
    {
        return raster::foreign::child::main();
    }
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("XIANGTU_LOG").unwrap_or_else(|_unset| "warn".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::warn(format_args!("错误 error: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let home = Home::open(cli.home.as_deref())?;
    let mode = if matches!(cli.command, Command::Up(_)) {
        Mode::Own
    } else {
        Mode::Share
    };
    let office = Office::open(
        home,
        cli.database_url.as_deref(),
        cli.objects.as_deref(),
        mode,
    )?;
    let done = match cli.command {
        Command::Up(options) => up::run(&office, &options),
        Command::Run(options) => run::run(&office, &options),
        Command::Jobs { action } => jobs_command::run(&office, action),
        Command::Recipe(what) => recipe::run(what),
        Command::Worker(options) => worker::run(&office, &options),
        Command::Import(Import::Areas(options)) => import::areas(&office, options),
        Command::Import(Import::Features(options)) => import::features(&office, options),
        Command::Import(Import::Emap(options)) => import::emap(&office, options),
        Command::Import(Import::Relief(options)) => import::relief(&office, options),
        Command::Import(Import::Tiles(options)) => import::tiles(&office, options),
        Command::Export(Export::Tiles(options)) => export::tiles(&office, &options),
        Command::Ingest(options) => ingest::run(&office, options),
        Command::Layer(options) => layer::run(&office, options),
        Command::List(what) => list::run(&office, what),
        Command::User(action) => user::run(&office, action),
        Command::Backup { dir } => keep::backup(&office, &dir),
        Command::Restore { dir, replace } => keep::restore(&office, &dir, replace),
    };
    let closed = office.close();
    done.and(closed)
}
