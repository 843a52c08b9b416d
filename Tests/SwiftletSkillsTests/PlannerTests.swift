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
      case .segment, .segmentFlipped, .segmentPadded: state.foundProduct = found(step)
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
        == [.decode, .segment, .quality, .tag, .compose, .encode, .verify])
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
          .decode, .segment, .segmentFlipped, .segmentPadded, .quality, .tag, .compose, .encode,
          .verify,
        ])
  }

  @Test func onlyWhatIsWanted() {
    let qa = PlanState(wantsQuality: true, wantsTags: false, wantsPicture: false)
    #expect(walk(qa) { _ in true } == [.decode, .segment, .quality])
    let cut = PlanState(wantsQuality: false, wantsTags: false, wantsPicture: true)
    #expect(walk(cut) { _ in true } == [.decode, .segment, .compose, .encode])
    let tag = PlanState(wantsQuality: false, wantsTags: true, wantsPicture: false)
    #expect(walk(tag) { _ in true } == [.decode, .segment, .tag])
  }

  @Test func lowResolutionIsNamedAndGoesOn() throws {
    var state = everything
    state.done = [.decode]
    state.longSide = 300
    let next = try #require(Planner(profile: .amazonMain).next(state))
    #expect(next.step == .segment)
    #expect(next.why.contains("300") && next.why.contains("500"))
  }
}
