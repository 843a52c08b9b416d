import SwiftletSkills
import Testing

@Suite struct PlannerTests {
  private func walk(
    _ state: PlanState, profile: Profile? = nil, found: (PlanStep) -> Bool
  ) -> [PlanStep] {
    var state = state
    let planner = Planner(profile: profile)
    while let (step, why) = planner.next(state), state.done.count < 20 {
      #expect(!why.isEmpty)
      switch step {
      case .segment, .segmentContrasted, .segmentFlipped, .segmentPadded:
        state.foundProduct = state.foundProduct == true || found(step)
      default: break
      }
      state.done.append(step)
    }
    return state.done
  }

  private let everything = PlanState(wantsQuality: true, wantsTags: true, wantsPicture: true)

  @Test func aPlainPhoto() {
    #expect(
      walk(everything) { _ in true }
        == [.decode, .segment, .refine, .quality, .tag, .compose, .encode, .verify])
  }

  @Test func retriesEndInReview() {
    #expect(
      walk(everything) { _ in false }
        == [.decode, .segment, .segmentFlipped, .segmentPadded, .quality, .review])
  }

  @Test func aRetryThatFindsTheProductGoesOn() {
    #expect(
      walk(everything) { $0 == .segmentPadded }
        == [
          .decode, .segment, .segmentFlipped, .segmentPadded, .refine, .quality, .tag, .compose,
          .encode, .verify,
        ])
  }

  @Test func onlyWhatIsWanted() {
    let qa = PlanState(wantsQuality: true, wantsTags: false, wantsPicture: false)
    #expect(walk(qa) { _ in true } == [.decode, .segment, .refine, .quality])
    let cut = PlanState(wantsQuality: false, wantsTags: false, wantsPicture: true)
    #expect(walk(cut) { _ in true } == [.decode, .segment, .refine, .compose, .encode])
    let tag = PlanState(wantsQuality: false, wantsTags: true, wantsPicture: false)
    #expect(walk(tag) { _ in true } == [.decode, .segment, .refine, .tag])
  }

  @Test func doubtIsLookedAtAgain() {
    var state = everything
    state.uncertainty = 0.25
    #expect(
      Array(walk(state) { _ in true }.prefix(4)) == [.decode, .segment, .segmentFlipped, .refine])
    state.isPale = true
    #expect(
      Array(walk(state) { _ in true }.prefix(5))
        == [.decode, .segment, .segmentContrasted, .segmentFlipped, .refine])
    #expect(
      walk(state) { _ in false }
        == [
          .decode, .segment, .segmentContrasted, .segmentFlipped, .segmentPadded, .quality, .review,
        ])
    state = everything
    state.touchesBorder = true
    #expect(
      Array(walk(state) { _ in true }.prefix(4)) == [.decode, .segment, .segmentPadded, .refine])
    state.hasOwnMatte = true
    #expect(Array(walk(state) { _ in true }.prefix(3)) == [.decode, .segment, .quality])
  }

  @Test func lowResolutionStopsWithItsReason() throws {
    var state = everything
    (state.width, state.height) = (200, 300)
    #expect(walk(state, profile: .amazonMain) { _ in true } == [.decode, .quality, .stop])
    state.done = [.decode, .quality]
    let next = try #require(Planner(profile: .amazonMain).next(state))
    #expect(next.why.contains("200 x 300") && next.why.contains("amazon-main"))
    // With the least fill the canvas is large enough: the photo need not be.
    (state.width, state.height) = (440, 300)
    state.done = [.decode]
    #expect(Planner(profile: .amazonMain).next(state)?.step == .segment)
    // A verdict alone is given whatever the size.
    state.wantsPicture = false
    (state.width, state.height) = (200, 300)
    #expect(Planner(profile: .amazonMain).next(state)?.step == .segment)
  }
}
