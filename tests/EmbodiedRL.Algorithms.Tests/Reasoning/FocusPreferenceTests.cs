using EmbodiedRL.Algorithms.Reasoning;
using EmbodiedRL.Contracts;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Tests.Reasoning;

[NoTensorLeaks]
public sealed class FocusPreferenceTests
{
    private static readonly FocusPreferenceOptions Options = new();

    [Fact]
    public void A_pair_needs_both_steps_good_and_both_bad()
    {
        FocusScore good = new(0.9, 0.8), better = new(1, 1), bad = new(0.1, 0.2), goodBoxBadAnswer = new(0, 1);
        Assert.Equal((2, 1), FocusPreference.Mine([good, bad, better], Options));
        Assert.Null(FocusPreference.Mine([good, goodBoxBadAnswer], Options)); // a good box is not punished for the answer
        Assert.Null(FocusPreference.Mine([new(1, 0.5), bad], Options));
        Assert.Null(FocusPreference.Mine([], Options));
    }

    [Fact]
    public void Losses_by_hand()
    {
        using DisposeScope scope = NewDisposeScope();
        PairLogProbabilities box = Pair(-1, -3, -2, -2), answer = Pair(-5, -5, -4, -6); // margins 2 and -2
        double Loss(double margin) => Math.Log(1 + Math.Exp(-0.1 * margin));
        Assert.Equal(Loss(2), FocusPreference.Whole(box, Options).ToDouble(), 1e-12);
        Assert.Equal((0.5 * Loss(2)) + (0.5 * Loss(-2)), FocusPreference.Stepwise(box, answer, Options).ToDouble(), 1e-12);
    }

    [Fact]
    public void Steps_are_not_summed_into_one_ratio()
    {
        // Margins 200 and -200 cancel in one sigmoid (ln 2); apart, the bad step costs 10.
        using DisposeScope scope = NewDisposeScope();
        double found = FocusPreference.Stepwise(Pair(0, -200, 0, 0), Pair(-200, 0, 0, 0), Options).ToDouble();
        Assert.Equal(10, found, 1e-6);
    }

    [Fact]
    public void A_bound_that_is_no_bound_is_named() =>
        Assert.Contains((Options with { Bad = 0.9 }).Violations(), text => text.StartsWith("bad:", StringComparison.Ordinal));

    private static PairLogProbabilities Pair(double chosen, double rejected, double referenceChosen, double referenceRejected) =>
        new(tensor([chosen]), tensor([rejected]), tensor([referenceChosen]), tensor([referenceRejected]));
}
