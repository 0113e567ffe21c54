//! Ctrl-C and SIGTERM in work that may end between two transactions: it asks there whether a stop is wanted.

use std::io;
use std::io::Read;
use std::process;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::SyncSender;
use std::sync::mpsc::sync_channel;
use std::thread;

use super::error::CliError;
use super::error::Exit;
use super::input;
use super::output;
use super::serve;

/// A wish to stop, which may come at any time.
#[derive(Clone, Default)]
pub(super) struct Stop(Arc<StopRequest>);

#[derive(Default)]
struct StopRequest {
    is_there: AtomicBool,
    /// Wakes whoever waits for an input.
    reader: Mutex<Option<SyncSender<Chunk>>>,
}

type Chunk = io::Result<Vec<u8>>;

/// An input that may keep its reader waiting, such as a pipe. Once a stop is wanted, it ends with an error.
struct Stoppable {
    stop: Stop,
    chunks: Receiver<Chunk>,
    chunk: io::Cursor<Vec<u8>>,
    is_over: bool,
}

impl Stop {
    /// Takes Ctrl-C and SIGTERM from here on; the second one ends the program at once.
    pub(super) fn listen(&self) -> Result<(), CliError> {
        let runtime = input::runtime()?;
        let first = runtime.block_on(async { serve::stop_signal() })?;
        let stop = self.clone();
        thread::spawn(move || {
            runtime.block_on(async {
                first.await;
                stop.want();
                if let Ok(second) = serve::stop_signal() {
                    output::to_stderr(
                        "Stopping after the rows under way; once more stops at once.",
                    );
                    second.await;
                    process::exit(Exit::Stopped as i32);
                }
            });
        });
        Ok(())
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.0.is_there.load(Ordering::Acquire)
    }

    fn want(&self) {
        self.0.is_there.store(true, Ordering::Release);
        let reader = self.0.reader.lock();
        if let Some(reader) = &*reader.unwrap_or_else(PoisonError::into_inner) {
            // Where there is no room, nobody waits.
            let _ = reader.try_send(Err(stopped()));
        }
    }

    /// The input, read by a thread of its own.
    pub(super) fn stoppable(
        &self,
        mut input: impl Read + Send + 'static,
    ) -> impl Read + Send + 'static {
        let (sender, chunks) = sync_channel(CHUNKS);
        let reader = self.0.reader.lock();
        *reader.unwrap_or_else(PoisonError::into_inner) = Some(sender.clone());
        thread::spawn(move || {
            loop {
                let mut chunk = vec![0; CHUNK_BYTES];
                let read = input.read(&mut chunk);
                let is_last = !matches!(read, Ok(1..));
                let read = read.map(|count| {
                    chunk.truncate(count);
                    chunk
                });
                if sender.send(read).is_err() || is_last {
                    break;
                }
            }
        });
        Stoppable {
            stop: self.clone(),
            chunks,
            chunk: io::Cursor::default(),
            is_over: false,
        }
    }
}

impl Read for Stoppable {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.chunk.read(buffer)?;
        if count > 0 || buffer.is_empty() || self.is_over {
            return Ok(count);
        }
        if self.stop.is_wanted() {
            return Err(stopped());
        }
        let chunk = self.chunks.recv().unwrap_or_else(|_| Ok(Vec::new()));
        self.is_over = !matches!(&chunk, Ok(chunk) if !chunk.is_empty());
        self.chunk = io::Cursor::new(chunk?);
        self.chunk.read(buffer)
    }
}

fn stopped() -> io::Error {
    io::Error::other("stopped")
}

const CHUNK_BYTES: usize = 64 * 1024;

/// Chunks that are read ahead.
const CHUNKS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    /// An input that gives some bytes and then nothing, for ever.
    struct Silent(&'static [u8], Receiver<()>);

    impl Read for Silent {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => self.1.recv().map(|()| 0).map_err(io::Error::other),
                count => Ok(count),
            }
        }
    }

    #[test]
    fn an_input_is_read_as_it_is() {
        let bytes: Vec<u8> = (0..300_000).map(|n: u32| n.to_le_bytes()[0]).collect();
        let mut read = Vec::new();
        let mut input = Stop::default().stoppable(io::Cursor::new(bytes.clone()));
        input.read_to_end(&mut read).unwrap();
        assert!(read == bytes);
        let broken = io::Read::chain(&b"ab"[..], Silent(b"", sync_channel(0).1));
        let error = Stop::default().stoppable(broken).read_to_end(&mut read);
        assert!(error.is_err());
    }

    #[test]
    fn a_stop_ends_the_wait_for_an_input() {
        let (_hold, never) = sync_channel(0);
        let stop = Stop::default();
        let mut input = stop.stoppable(Silent(b"ada", never));
        let mut read = [0; 3];
        input.read_exact(&mut read).unwrap();
        assert_eq!((&read, stop.is_wanted()), (b"ada", false));
        let stopping = stop.clone();
        let waker = thread::spawn(move || stopping.want());
        assert_eq!(input.read(&mut read).unwrap_err().to_string(), "stopped");
        waker.join().unwrap();
        assert!(stop.is_wanted());
    }
}
