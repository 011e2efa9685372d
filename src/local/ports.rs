//! The ports that environments keep. Each is given to one environment of this machine alone, also while it is down.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};

use super::error::{faulty, io_failed};
use super::folder::{Folder, lock, read_toml, write_private};
use crate::model::Address;
use crate::provider::Error;

/// Below the ports that operating systems hand out by themselves (32768 on Linux, 49152 on macOS), and above the
/// usual ones of servers.
const FIRST: u16 = 20_000;
const NUMBER: u16 = 10_000;

type Kept = BTreeMap<String, u16>;

/// The port of a resource: the one that it was given before, or else the preferred one if that is free, or another.
pub fn port(folder: &Folder, address: &Address, preferred: Option<u16>) -> Result<u16, Error> {
    port_unless(folder, address, preferred, |_| false)
}

/// The same, but another one in the place of one that is lost: somebody else listens there.
pub fn port_unless(
    folder: &Folder,
    address: &Address,
    preferred: Option<u16>,
    is_lost: impl Fn(u16) -> bool,
) -> Result<u16, Error> {
    let _one_at_a_time = lock(&folder.state().join("ports.lock"))?;
    let mut own = kept(folder)?;
    if let Some(port) = own.get(&address.to_string()).filter(|port| !is_lost(**port)) {
        return Ok(*port);
    }
    let others = of_all(folder)?;
    let start = start(folder, address);
    let range = (0..NUMBER).map(|offset| FIRST + (start + offset) % NUMBER);
    let free = preferred.into_iter().chain(range).find(|port| !others.contains(port) && is_free(*port));
    let port = free.ok_or_else(|| faulty(format!("no port of {FIRST} to {} is free", FIRST + NUMBER - 1)))?;
    own.insert(address.to_string(), port);
    save(folder, &own)?;
    Ok(port)
}

/// Gives a port back.
pub fn release(folder: &Folder, address: &Address) -> Result<(), Error> {
    let _one_at_a_time = lock(&folder.state().join("ports.lock"))?;
    let mut own = kept(folder)?;
    if own.remove(&address.to_string()).is_some() { save(folder, &own) } else { Ok(()) }
}

/// The port that a resource has, if it has one.
pub fn known(folder: &Folder, address: &Address) -> Result<Option<u16>, Error> {
    Ok(kept(folder)?.get(&address.to_string()).copied())
}

/// Whether nobody listens there, and we may.
pub fn is_free(port: u16) -> bool {
    // Whoever asks for `localhost` may be led to either; a machine without IPv6 has nobody listening there.
    let taken = TcpListener::bind((Ipv6Addr::LOCALHOST, port));
    let taken = taken.is_err_and(|error| error.kind() == std::io::ErrorKind::AddrInUse);
    !taken && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Whether somebody listens there. In the way of nobody who is about to.
pub fn is_answered(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() || TcpStream::connect((Ipv6Addr::LOCALHOST, port)).is_ok()
}

/// Whether an environment can be given a port at all.
pub fn is_any_free() -> bool {
    (FIRST..FIRST + NUMBER).any(is_free)
}

fn kept(folder: &Folder) -> Result<Kept, Error> {
    Ok(read_toml(&folder.ports())?.unwrap_or_default())
}

fn save(folder: &Folder, kept: &Kept) -> Result<(), Error> {
    write_private(&folder.ports(), toml::to_string(kept).map_err(faulty)?.as_bytes())
}

/// The ports of all environments of this user.
#[expect(clippy::disallowed_methods, reason = "the folders of all environments lie side by side")]
fn of_all(folder: &Folder) -> Result<BTreeSet<u16>, Error> {
    let mut all = BTreeSet::new();
    for entry in std::fs::read_dir(folder.state()).map_err(io_failed("read", folder.state()))? {
        let path = entry.map_err(io_failed("read", folder.state()))?.path().join("ports.toml");
        // One that is damaged is its own environment's trouble.
        all.extend(read_toml::<Kept>(&path).ok().flatten().unwrap_or_default().into_values());
    }
    Ok(all)
}

/// Where to begin to look: the same for the same resource, so that a port that was given back comes again.
fn start(folder: &Folder, address: &Address) -> u16 {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    hash.update(folder.path().as_os_str().as_encoded_bytes());
    hash.update(address.to_string());
    let digest = hash.finalize();
    u16::from_be_bytes([digest[0], digest[1]]) % NUMBER
}
