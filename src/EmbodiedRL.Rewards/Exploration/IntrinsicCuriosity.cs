using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using static TorchSharp.torch;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Options of <see cref="IntrinsicCuriosity"/>.</summary>
public sealed record IntrinsicCuriosityOptions : LearnedBonusOptions
{
    /// <summary>Factor of the bonus, eta / 2 times the squared error; without effect where bonuses are normalized.</summary>
    [Range(0, 1e9, IsAboveLeast = true)]
    public double Eta { get; init; } = 1;

    /// <summary>Share of the forward model's loss; the inverse model has the rest (0.2 in the paper).</summary>
    [Range(0, 1, IsAboveLeast = true, IsBelowMost = true)]
    public double Beta { get; init; } = 0.2;
}

/// <summary>Losses and bonus of curiosity, as functions of what the networks say.</summary>
public static class CuriosityLosses
{
    /// <summary>L_F: half the squared distance between features predicted and reached, mean over rows (equation 5).</summary>
    /// <param name="predicted">[B, K].</param>
    /// <param name="next">[B, K].</param>
    /// <returns>A number, fresh; the caller's scope owns it.</returns>
    public static Tensor Forward(Tensor predicted, Tensor next) => DistillationLoss.Errors(predicted, next).mean();

    /// <summary>
    /// L_I: negative log-likelihood of the choices (equation 3), or half the squared error of real-valued actions, mean over rows.
    /// </summary>
    /// <param name="outputs">[B, choices], unnormalized log-probabilities; or [B, A].</param>
    /// <param name="actions">[B, choices], 1 at the choice and 0 elsewhere; or [B, A].</param>
    /// <param name="isDiscrete">Whether actions are choices.</param>
    /// <returns>A number, fresh; the caller's scope owns it.</returns>
    public static Tensor Inverse(Tensor outputs, Tensor actions, bool isDiscrete) => isDiscrete
        ? (nn.functional.log_softmax(outputs, -1) * actions).sum(-1).mean().neg()
        : DistillationLoss.Errors(outputs, actions).mean();

    /// <summary>r = eta / 2 |predicted - next|^2 (equation 6).</summary>
    /// <param name="predicted">[..., K].</param>
    /// <param name="next">[..., K].</param>
    /// <param name="eta">Factor.</param>
    /// <returns>[...], fresh; the caller's scope owns it.</returns>
    public static Tensor Bonus(Tensor predicted, Tensor next, double eta) => eta * DistillationLoss.Errors(predicted, next);
}

/// <summary>
/// Intrinsic curiosity module (ICM): the error of a model that predicts, from features and action, the features of the observation reached.
/// </summary>
/// <remarks>
/// <para>Pathak et al. 2017: features come from an encoder trained by inverse dynamics, so that what no action changes is not wondered at;
/// the loss is (1 - beta) L_I + beta L_F (equation 7), whose gradients reach the encoder from both. Scored by what was learned of earlier
/// batches; the networks learn after.</para>
/// <para>Differs from the paper: vectors instead of images, standardized; real-valued actions are regressed; the policy's loss is the
/// algorithm's matter; the bonus may be divided by the running deviation of its discounted sum.</para>
/// <para>Owns the networks. Not thread-safe.</para>
/// </remarks>
[Paper("1705.05363", "Curiosity-driven Exploration by Self-supervised Prediction", Year = 2017)]
public sealed class IntrinsicCuriosity : LearnedBonus
{
    private readonly double _eta;
    private readonly DynamicsNetworks _networks;

    /// <summary>Networks that have learned nothing.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="options">Checked; null takes the defaults.</param>
    /// <param name="info">Whose observations and actions are read.</param>
    /// <exception cref="SpecMismatchException">The environment's observations have no numbers.</exception>
    /// <exception cref="UnknownNameException">They have no field of a name.</exception>
    public IntrinsicCuriosity(string name, IntrinsicCuriosityOptions? options, EnvironmentInfo info)
        : base(name, BatchFields.Observations | BatchFields.Actions, options ??= new(), info)
    {
        _eta = options.Eta;
        _networks = Own("networks", new DynamicsNetworks(name, Width, info.Actions, options, options.Beta));
    }

    /// <inheritdoc/>
    private protected override void Score(BonusRows rows, Memory<float> bonus, ScoreContext context)
    {
        if (!context.Frozen) _networks.Observe(rows.Before);
        float[] errors = _networks.Errors(rows);
        for (int row = 0; row < errors.Length; row++) bonus.Span[row] = (float)(_eta * errors[row]);
    }
}
