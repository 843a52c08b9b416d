/// Where a job stands.
package enum JobState: String, Sendable, CaseIterable {
  /// No photo of it has been begun.
  case queued
  /// Some photos wait or are being processed.
  case running
  /// Every photo gave a result, be it one for review.
  case succeeded
  /// Some photos failed.
  case partial
  /// Every photo failed.
  case failed
  /// It was cancelled before it was finished.
  case cancelled
  /// Its photos and results are gone.
  case expired

  /// Whether nothing of the job waits or is being processed.
  package var isFinished: Bool { self != .queued && self != .running }
}

/// Where a photo of a job stands.
package enum ItemState: String, Sendable, CaseIterable {
  case queued
  case running
  case succeeded
  /// There is a result, but a person should look.
  case needsReview = "needs_review"
  case failed
  case cancelled
}

/// A batch of photos that was accepted.
package struct Job: Sendable, Equatable {
  /// Its place in the order of acceptance.
  package var sequence: Int64
  /// Its name, which cannot be guessed.
  package var id: String
  package var state: JobState
  /// Seconds since 1970, as are the other moments.
  package var created: Double
  package var finished: Double?
  /// When photos and results are removed; nil while the job is not finished.
  package var expires: Double?
  /// How many of its photos are in each state.
  package var counts: [ItemState: Int]
  /// How many of its photos wait for a person.
  package var reviews: Int

  /// The photos in all.
  package var total: Int { counts.values.reduce(0, +) }
}

/// A photo of a job.
package struct JobItem: Sendable, Equatable {
  /// Why it failed, as a problem states it.
  package struct Failure: Sendable, Equatable {
    package var code: String
    package var detail: String
  }

  /// The job's sequence number and name.
  package var jobSequence: Int64, jobID: String
  /// The place in the batch, from 0.
  package var position: Int
  /// What the client calls it; never a path.
  package var name: String
  /// The name of the stored photo; nil where it was refused on arrival.
  package var input: String?
  package var inputType: String
  package var options: PhotoOptions
  package var state: ItemState
  /// How often it was begun since it was sent, or sent back.
  package var attempts: Int
  /// Whether a person should look.
  package var isInReview: Bool
  package var failure: Failure?
  /// The stored picture; nil where there is none.
  package var output: StoredPicture?
  /// What the pipeline says of the result.
  package var verdict: String?
  /// The report as JSON.
  package var report: String?
  /// Tags and alternative text that a person wrote in place of the pipeline's, as JSON.
  package var editedTags: String?
}

/// A picture in the spool.
package struct StoredPicture: Sendable, Equatable {
  package var name: String
  package var mediaType: String
  package var bytes: Int
  package var width: Int, height: Int

  package init(name: String, mediaType: String, bytes: Int, width: Int, height: Int) {
    self.name = name
    self.mediaType = mediaType
    self.bytes = bytes
    self.width = width
    self.height = height
  }
}

/// A photo that has arrived, not yet part of a job.
package struct NewItem: Sendable {
  package var name: String
  /// The name in the spool, or why it was refused.
  package var content: Result<String, JobItem.FailureError>
  package var mediaType: String
  package var bytes: Int

  package init(
    name: String, content: Result<String, JobItem.FailureError>, mediaType: String, bytes: Int
  ) {
    self.name = name
    self.content = content
    self.mediaType = mediaType
    self.bytes = bytes
  }
}

extension JobItem {
  /// A failure that can be thrown.
  package struct FailureError: Error, Sendable {
    package var failure: Failure

    package init(code: String, detail: String) {
      failure = Failure(code: code, detail: detail)
    }
  }
}

/// A photo that has been taken up, and which taking it is.
package struct Claim: Sendable {
  package var item: JobItem
  /// Distinguishes this taking from earlier ones: only the latest may report.
  package var number: Int
}

/// How processing a photo ended.
package enum ItemOutcome: Sendable {
  case done(verdict: String, output: StoredPicture?, report: String)
  /// It cannot succeed: the photo or an option is at fault.
  case refused(JobItem.Failure)
  /// It failed for another reason and is tried again at that moment, or given to a person.
  case failed(JobItem.Failure, retryAt: Double?)
  /// It could not be done here and now, which says nothing of the photo.
  case postponed(until: Double)
}
