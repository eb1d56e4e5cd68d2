using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Preflights;

namespace EmbodiedRL.Training.Tests.Preflights;

public sealed class PreflightRulesTests
{
    private static readonly RewardVerdict Trusted = new(RewardTrust.Trust, 0.95, 1, "centered", 0.95, []);

    private static readonly PreflightFigures Good = new()
    {
        Spread = 1,
        Range = 0.8,
        Explained = 0.9,
        Untrue = 0.2,
        Order = 0.9,
        Rises = new Thirds(0.8, 0.9, 0.7),
        LookVariance = 0.1,
        PlayedSuccess = 0.1,
        PlayedAgreement = 0.9,
    };

    [Fact]
    public void Good_figures_go_with_a_reason()
    {
        (PreflightVerdict verdict, IReadOnlyList<string> reasons) = PreflightRules.Judge(Trusted, true, Good, drawsLooks: true);
        Assert.Equal(PreflightVerdict.Go, verdict);
        Assert.Single(reasons);
    }

    [Fact]
    public void What_the_check_refuses_cannot_go_whatever_the_landscape() =>
        Expect(PreflightVerdict.NoGo, "not so", Good, Trusted with { Trust = RewardTrust.Refuse, Reasons = ["It is not so."] });

    [Fact]
    public void What_the_check_doubts_is_doubtful() =>
        Expect(PreflightVerdict.Doubtful, "a guess", Good, Trusted with { Trust = RewardTrust.Doubt, Reasons = ["It is a guess."] });

    [Fact]
    public void A_sentence_of_unknown_truth_refuses_no_reward_that_does_not_read_it()
    {
        var unknown = new RewardVerdict(RewardTrust.Refuse, null, null, null, null, ["The sentence's wording is not known."]);
        Expect(PreflightVerdict.NoGo, "wording", Good, unknown, readsGoal: true);
        Expect(PreflightVerdict.Doubtful, "wording", Good, unknown, readsGoal: false);
    }

    [Fact]
    public void Success_must_pay_more_than_the_start()
    {
        Expect(PreflightVerdict.NoGo, "Success pays no more", Good with { Range = -0.1 });
        Expect(PreflightVerdict.Doubtful, "other things outweigh", Good with { Range = 0.2 });
    }

    [Fact]
    public void The_way_must_raise_the_reward_in_every_third()
    {
        Expect(PreflightVerdict.NoGo, "does not raise", Good with { Order = -0.2 });
        Expect(PreflightVerdict.Doubtful, "In the first third", Good with { Rises = new Thirds(0.4, 0.9, 0.9) });
        Expect(PreflightVerdict.Doubtful, "In the last third", Good with { Rises = new Thirds(0.9, 0.9, 0.4) });
        Expect(PreflightVerdict.Doubtful, "No way to success", Good with { Order = null, Rises = null, Range = null });
    }

    [Fact]
    public void Noise_counts_only_where_truth_is_graded()
    {
        Expect(PreflightVerdict.Doubtful, "more noise than signal", Good with { Explained = 0.3 });
        Expect(PreflightVerdict.Go, "", Good with { Explained = 0.3, Untrue = 0.9 });
    }

    [Fact]
    public void Looks_count_only_where_they_are_drawn()
    {
        PreflightFigures figures = Good with { LookVariance = 0.7 };
        Assert.Equal(PreflightVerdict.Go, PreflightRules.Judge(Trusted, true, figures, drawsLooks: false).Verdict);
        Assert.Equal(PreflightVerdict.Doubtful, PreflightRules.Judge(Trusted, true, figures, drawsLooks: true).Verdict);
    }

    [Fact]
    public void Where_chance_never_succeeds_the_reward_must_lead()
    {
        Expect(PreflightVerdict.Doubtful, "nothing leads a beginner", Good with { PlayedSuccess = 0, PlayedAgreement = 0.3 });
        Expect(PreflightVerdict.Doubtful, "nothing leads a beginner", Good with { PlayedSuccess = 0, PlayedAgreement = null });
        Expect(PreflightVerdict.Go, "", Good with { PlayedSuccess = 0 });
        Expect(PreflightVerdict.Go, "", Good with { PlayedAgreement = 0.3 });
    }

    private static void Expect(PreflightVerdict expected, string says, PreflightFigures figures, RewardVerdict? check = null,
        bool readsGoal = true)
    {
        (PreflightVerdict verdict, IReadOnlyList<string> reasons) =
            PreflightRules.Judge(check ?? Trusted, readsGoal, figures, drawsLooks: false);
        Assert.Equal(expected, verdict);
        Assert.Contains(says, Assert.Single(reasons), StringComparison.Ordinal);
    }
}
