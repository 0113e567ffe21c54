//! Threads of a store, each with a queue. One ends with the last handle on it, and whoever drops that handle waits for the end: a
//! thread that outlived `main` would have a database open, and use OpenSSL, while the process puts both away.

use std::io;
use std::sync::Arc;
use std::thread;
use std::thread::JoinHandle;

use tokio::sync::mpsc;

pub(super) struct Worker<T> {
    queue: Option<mpsc::Sender<T>>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Send + 'static> Worker<T> {
    /// Starts a thread of this name, with room for so many orders. Its work is over when the queue has ended.
    pub(super) fn start(
        name: &str,
        room: usize,
        work: impl FnOnce(mpsc::Receiver<T>) + Send + 'static,
    ) -> io::Result<Arc<Worker<T>>> {
        let (queue, waiting) = mpsc::channel(room);
        let named = thread::Builder::new().name(name.to_owned());
        let thread = named.spawn(move || work(waiting))?;
        Ok(Arc::new(Worker {
            queue: Some(queue),
            thread: Some(thread),
        }))
    }
}

impl<T> Worker<T> {
    /// The queue; `None` only while the handle is dropped.
    pub(super) fn queue(&self) -> Option<&mpsc::Sender<T>> {
        self.queue.as_ref()
    }

    pub(super) fn is_here(&self) -> bool {
        let thread = self.thread.as_ref().map(|thread| thread.thread().id());
        thread == Some(thread::current().id())
    }
}

impl<T> Drop for Worker<T> {
    fn drop(&mut self) {
        let is_here = self.is_here();
        drop(self.queue.take());
        if let Some(thread) = self.thread.take().filter(|_| !is_here) {
            // It has said what went wrong, if it panicked.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::any::Any;
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    use super::*;

    #[test]
    fn whoever_drops_the_last_handle_waits_until_the_queue_is_empty() {
        let done = Arc::new(AtomicUsize::new(0));
        let counted = done.clone();
        let worker = Worker::start("test", 8, move |mut waiting| {
            while waiting.blocking_recv().is_some() {
                thread::sleep(Duration::from_millis(20));
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        let worker = worker.unwrap();
        let other = worker.clone();
        for _ in 0..5 {
            worker.queue().unwrap().try_send(()).unwrap();
        }
        drop(other);
        drop(worker);
        assert_eq!(done.load(Ordering::SeqCst), 5);
    }

    #[test]
    fn a_thread_that_drops_its_own_last_handle_does_not_wait_for_itself() {
        let (told, end) = std::sync::mpsc::channel();
        let worker = Worker::<Box<dyn Any + Send>>::start("test", 1, move |mut waiting| {
            drop(waiting.blocking_recv());
            told.send(()).unwrap();
        });
        let worker = worker.unwrap();
        let itself = Box::new(worker.clone());
        worker.queue().unwrap().try_send(itself).unwrap();
        drop(worker);
        end.recv_timeout(Duration::from_secs(10)).unwrap();
    }
}
