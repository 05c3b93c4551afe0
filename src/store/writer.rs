//! The one writer of a process: a thread that puts the jobs that wait into one transaction.
//!
//! Each job has its own savepoint, so that one that fails takes nothing else with it, and is answered only when the
//! transaction is committed.

use super::error::{Result, StoreError};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Jobs that may wait; who comes later is held up.
const WAITING: usize = 256;
/// Jobs in one transaction.
const TOGETHER: usize = 64;
/// A transaction takes no further job after this: other processes wait for it, and so do alerts.
const LONGEST: Duration = Duration::from_millis(150);
/// After so much work without a rest the writer rests, for as long as SQLite lets another process wait before it looks at the lock again:
/// a command that wants to write gets its turn while a thousand feeds have their first poll.
const SHIFT: Duration = Duration::from_secs(1);
const REST: Duration = Duration::from_millis(110);

/// What a job did: whether it is to be kept, and how its caller is told of the commit.
struct Answer {
    keep: bool,
    tell: Box<dyn FnOnce(Result<()>) + Send>,
}

/// A job that is given a transaction, or why there is none.
type Write = Box<dyn FnOnce(Result<&Connection>) -> Answer + Send>;

enum Job {
    /// Within a transaction, together with others.
    Write(Write),
    /// Outside any transaction.
    Alone(Box<dyn FnOnce(&Connection) + Send>),
}

/// The way to the writer. When it is dropped the writer does what waits, closes the database and is waited for.
pub(super) struct Writer {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(db: Connection) -> std::io::Result<Writer> {
        let (jobs, queue) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("orbat-store".into()).spawn(move || work(db, &queue))?;
        Ok(Writer { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Does `job` in a transaction and waits until it is committed.
    pub(super) fn write<T: Send + 'static>(&self, job: impl FnOnce(&Connection) -> Result<T> + Send + 'static) -> Result<T> {
        let (tell, told) = sync_channel(1);
        self.send(Job::Write(Box::new(move |db| {
            let result = db.and_then(job);
            let keep = result.is_ok();
            Answer { keep, tell: Box::new(move |committed| drop(tell.send(result.and_then(|v| committed.map(|()| v))))) }
        })))?;
        told.recv().map_err(|_| StoreError::Stopped)?
    }

    /// Does `job` on the writer's connection, outside any transaction.
    pub(super) fn alone<T: Send + 'static>(&self, job: impl FnOnce(&Connection) -> Result<T> + Send + 'static) -> Result<T> {
        let (tell, told) = sync_channel(1);
        self.send(Job::Alone(Box::new(move |db| drop(tell.send(job(db))))))?;
        told.recv().map_err(|_| StoreError::Stopped)?
    }

    fn send(&self, job: Job) -> Result<()> {
        self.jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or(StoreError::Stopped)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the writer has been told to those who waited, as `Stopped`.
            drop(thread.join());
        }
    }
}

/// The thread: ends when the last sender is gone and the queue is empty.
fn work(mut db: Connection, queue: &Receiver<Job>) {
    let mut rested = Instant::now();
    loop {
        let asked = Instant::now();
        let Ok(first) = queue.recv() else { return };
        if asked.elapsed() >= REST {
            rested = Instant::now();
        }
        let mut together = VecDeque::new();
        let mut next = Some(first);
        let mut alone = None;
        while let Some(job) = next {
            match job {
                Job::Write(write) => together.push_back(write),
                Job::Alone(job) => {
                    alone = Some(job);
                    break;
                }
            }
            next = if together.len() < TOGETHER { queue.try_recv().ok() } else { None };
        }
        let mut rest = || {
            if rested.elapsed() >= SHIFT {
                std::thread::sleep(REST);
                rested = Instant::now();
            }
        };
        while !together.is_empty() {
            transact(&mut db, &mut together);
            rest();
        }
        if let Some(job) = alone {
            job(&db);
        }
    }
}

/// Runs jobs in one transaction, as many as it has time for, commits, and only then answers.
fn transact(db: &mut Connection, jobs: &mut VecDeque<Write>) {
    let begun = db.transaction_with_behavior(TransactionBehavior::Immediate);
    match (begun, jobs.len()) {
        (_, 0) => {}
        (Err(error), _) => {
            let error = StoreError::from(error);
            jobs.drain(..).for_each(|job| (job(Err(error.clone())).tell)(Ok(())));
        }
        // One alone needs no savepoint, which would copy every page before it is changed.
        (Ok(tx), 1) => {
            let answers: Vec<Answer> = jobs.drain(..).map(|job| job(Ok(&tx))).collect();
            // Dropped, it is rolled back.
            let ended = if answers.iter().all(|answer| answer.keep) { finish(tx) } else { Ok(()) };
            answers.into_iter().for_each(|answer| (answer.tell)(ended.clone()));
        }
        (Ok(mut tx), _) => {
            let (begun, mut answers) = (Instant::now(), Vec::new());
            while let Some(job) = jobs.pop_front() {
                answers.push(within_savepoint(&mut tx, job));
                if begun.elapsed() >= LONGEST {
                    break;
                }
            }
            let ended = finish(tx);
            answers.into_iter().for_each(|answer| (answer.tell)(ended.clone()));
        }
    }
}

fn within_savepoint(tx: &mut Transaction, job: Write) -> Answer {
    match tx.savepoint() {
        Ok(mut point) => {
            let mut answer = job(Ok(&point));
            let done = if answer.keep { point.commit() } else { point.rollback() };
            // A full disk has SQLite roll everything back by itself: `finish` finds that out.
            answer.keep &= done.is_ok();
            answer
        }
        Err(error) => job(Err(error.into())),
    }
}

/// Commits; fails where SQLite has given the transaction up on the way (full disk, failing disk).
fn finish(tx: Transaction) -> Result<()> {
    if tx.is_autocommit() {
        return Err(StoreError::Full);
    }
    Ok(tx.commit()?)
}
