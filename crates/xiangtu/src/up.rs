//! `xiangtu up`: start everything, say where to look, stop when told.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use server::tls::Authority;
use server::{AppState, BaseMaps, Settings, Transport};
use store::account;
use tiles::Tiles;
use tokio::signal::unix::{SignalKind, signal};

use crate::attendant::Attendant;
use crate::cli::Up;
use crate::demo;
use crate::failure::Failure;
use crate::office::Office;
use crate::terminal::{Step, say, warn};

/// Serves until Ctrl-C or SIGTERM.
pub fn run(office: &Office, options: &Up) -> Result<(), Failure> {
    let mut settings = settings(office, options.listen, options);
    settings.demo = office.runtime.block_on(account::any_demo(&office.store))?;
    let listener = server::bind(&settings)?;
    let file = options
        .base_maps
        .clone()
        .or_else(|| office.home.base_maps());
    let base_maps = BaseMaps::open(file.as_deref(), &office.home.kept_base_maps())?;
    let wanted = !options.no_demo && office.runtime.block_on(demo::wanted(&office.store))?;
    let accounts = if wanted {
        make_demo(office, &mut settings)?
    } else {
        Vec::new()
    };
    let workshop = office.quiet_workshop();
    let (store, objects) = (office.store.clone(), office.objects.clone());
    let tiles = Tiles::new(store, objects, limits(options))?;
    let address = listener.local_addr()?;
    greet(&settings, address, &accounts);
    name_base_maps(&base_maps);
    let state = AppState::new(workshop, Arc::new(tiles), settings).with_base_maps(base_maps);
    let attendant = Attendant::begin(office, options.nats.as_deref())?;
    let served = office
        .runtime
        .block_on(server::serve(listener, state, told_to_stop()));
    attendant.end(office);
    served?;
    say("已停止 Stopped.");
    Ok(())
}

/// How much of the machine's memory tiles may take.
fn limits(options: &Up) -> tiles::Limits {
    tiles::Limits {
        rendered_bytes: u64::from(options.tile_cache) << 20,
        block_bytes: (options.block_cache as usize) << 20,
        feature_bytes: options.feature_memory << 20,
        vector_tile_bytes: options.vector_tile_memory << 20,
        ..tiles::Limits::default()
    }
}

fn settings(office: &Office, listen: SocketAddr, options: &Up) -> Settings {
    let transport = match (&options.certificate, &options.key) {
        (Some(certificate), Some(key)) => Transport::Certificate {
            certificate: certificate.clone(),
            key: key.clone(),
        },
        _ if options.lan => Transport::LocalAuthority {
            keys: office.home.keys(),
            names: options.names.clone(),
        },
        _ => Transport::Plain,
    };
    Settings {
        transport,
        ..Settings::plain(listen)
    }
}

/// The demo village, so that a newcomer sees the point at once; never on an address that others
/// can reach, because its passwords stand on a screen.
fn make_demo(office: &Office, settings: &mut Settings) -> Result<Vec<demo::Account>, Failure> {
    if !settings.listen.ip().is_loopback() {
        warn(
            "数据库是空的,且该地址对外开放,因此不生成示范村。The database is empty. No demo village \
             is made on an address that others can reach: import your areas (`xiangtu import \
             areas`) and make the first administrator (`xiangtu user add NAME --role \
             administrator`).",
        );
        return Ok(Vec::new());
    }
    let step = Step::begin("正在生成示范村 Making the demo village …");
    let accounts = demo::load(office, &|message| step.message(message))?;
    settings.demo = true;
    Ok(accounts)
}

/// What a phone of the office can type: every address of `0.0.0.0` is one of this machine's.
fn lan_address(address: SocketAddr) -> String {
    let reachable = |name: &String| name.parse::<Ipv4Addr>().is_ok_and(|ip| !ip.is_loopback());
    let own = server::tls::own_names().into_iter().find(reachable);
    match own.filter(|_| address.ip().is_unspecified()) {
        Some(ip) => format!("{ip}:{}", address.port()),
        None => address.to_string(),
    }
}

fn greet(settings: &Settings, address: SocketAddr, accounts: &[demo::Account]) {
    let scheme = if settings.is_secure() {
        "https"
    } else {
        "http"
    };
    let host = match &settings.transport {
        Transport::LocalAuthority { names, .. } if !names.is_empty() => {
            format!("{}:{}", names[0], address.port())
        }
        Transport::LocalAuthority { .. } => lan_address(address),
        _ => address.to_string(),
    };
    say("\n乡图已启动 Xiangtu is running. Ctrl-C 停止 stops it.\n");
    say(format_args!(
        "  村民 Villagers              {scheme}://{host}/m/"
    ));
    say(format_args!(
        "  干部 Officials, planners    {scheme}://{host}/app/"
    ));
    if let Transport::LocalAuthority { keys, names } = &settings.transport {
        say(format_args!(
            "  证书 Trust this server      {scheme}://{host}/install-root"
        ));
        // Serving goes on to open the same authority and says so if it cannot.
        if let Ok(authority) = Authority::open(keys, names) {
            say(format_args!(
                "  证书指纹 Its fingerprint    {}",
                authority.fingerprint()
            ));
        }
    }
    if !accounts.is_empty() {
        say("\n示范账号(密码只显示这一次) Demo accounts, their passwords shown only this once:");
        for account in accounts {
            say(format_args!(
                "  {:<10} {}   {}",
                account.login, account.password, account.what
            ));
        }
    }
    say("");
}

/// Whoever starts the server sees that it asks hosts outside, and for what.
fn name_base_maps(base_maps: &BaseMaps) {
    let ids: Vec<&str> = base_maps.ids().collect();
    if !ids.is_empty() {
        let ids = ids.join(", ");
        say(format_args!("外部底图 Base maps from outside: {ids}\n"));
    }
}

/// Ctrl-C or SIGTERM.
pub async fn told_to_stop() {
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_no_signals) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}
