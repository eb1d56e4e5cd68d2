using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using static TorchSharp.torch;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Options of <see cref="RandomNetworkDistillation"/>.</summary>
public sealed record RandomNetworkDistillationOptions : LearnedBonusOptions
{
    /// <summary>Share of rows that the predictor learns from; the paper lowers it where there are many environments.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double Share { get; init; } = 0.25;
}

/// <summary>Distillation errors, as functions of a prediction and its target.</summary>
public static class DistillationLoss
{
    /// <summary>Half the squared distance of every row.</summary>
    /// <param name="predicted">[..., K].</param>
    /// <param name="target">[..., K].</param>
    /// <returns>[...], fresh; the caller's scope owns it.</returns>
    public static Tensor Errors(Tensor predicted, Tensor target) => 0.5 * (predicted - target).pow(2).sum(-1);

    /// <summary>Mean square over features, averaged over the rows that are learned from; gradients reach the prediction alone.</summary>
    /// <param name="predicted">[B, K].</param>
    /// <param name="target">[B, K].</param>
    /// <param name="mask">[B], 1 for rows that are learned from and 0 for others; without any the loss is 0.</param>
    /// <returns>A number, fresh; the caller's scope owns it.</returns>
    public static Tensor Mean(Tensor predicted, Tensor target, Tensor mask) =>
        ((predicted - target.detach()).pow(2).mean([-1L]) * mask).sum() / mask.sum().clamp_min(1);
}

/// <summary>
/// Random network distillation (RND): the error of a network that learns to predict a fixed random one, at the observation reached.
/// </summary>
/// <remarks>
/// <para>Burda et al. 2018: r = |f(s') - g(s')|^2 / 2 (algorithm 1) over standardized observations clipped to [-5, 5], divided by the
/// running deviation of the discounted intrinsic return (section 2.4; <see cref="DiscountedSumScale"/>). Scored by what was learned of
/// earlier batches; the predictor learns after.</para>
/// <para>Differs from the paper: vectors instead of images; a batch is taken into the observations' moments before it is scored, in place
/// of random steps before the run; one critic sees the sum with other terms, so intrinsic returns end with episodes there.</para>
/// <para>Owns the networks. Not thread-safe.</para>
/// </remarks>
[Paper("1810.12894", "Exploration by Random Network Distillation", Year = 2018)]
public sealed class RandomNetworkDistillation : LearnedBonus
{
    private readonly RandomTarget _networks;

    /// <summary>A predictor that has learned nothing.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="options">Checked; null takes the defaults.</param>
    /// <param name="info">Whose observations are read.</param>
    /// <exception cref="SpecMismatchException">The environment's observations have no numbers.</exception>
    /// <exception cref="UnknownNameException">They have no field of a name.</exception>
    public RandomNetworkDistillation(string name, RandomNetworkDistillationOptions? options, EnvironmentInfo info)
        : base(name, BatchFields.Observations, options ??= new(), info) =>
        _networks = Own("networks", new RandomTarget(name, Width, options, options.Share));

    /// <inheritdoc/>
    private protected override void Score(BonusRows rows, Memory<float> bonus, ScoreContext context)
    {
        if (!context.Frozen) _networks.Observe(rows.After);
        _networks.Errors(rows.After).CopyTo(bonus);
    }
}
