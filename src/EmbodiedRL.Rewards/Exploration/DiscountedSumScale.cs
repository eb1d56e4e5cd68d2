using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Scale of an intrinsic reward: divides by the running deviation of its discounted sum over time.</summary>
/// <remarks>
/// <para>Burda et al. 2018, section 2.4: each environment has a sum R &lt;- discount * R + r along time, which no end of an episode resets,
/// since intrinsic returns go on; all values of R of a batch are taken into one mean and variance, and the batch is divided by the
/// deviation with them in. No mean is subtracted and nothing is added to the deviation.</para>
/// <para>A published implementation runs the filter over environments instead of time; this one runs along time.</para>
/// </remarks>
/// <param name="discount">In [0, 1); 0 takes the deviation of the reward itself.</param>
public sealed class DiscountedSumScale(double discount) : ISnapshot
{
    private readonly RunningMoments _moments = new(1);
    private double[] _sums = [];

    /// <summary>What the next frozen batch is divided by.</summary>
    public double Deviation => Math.Sqrt(_moments.Variance[0]);

    /// <summary>Takes a batch in, unless scoring is frozen, and divides it.</summary>
    /// <param name="rewards">[T, N], divided in place.</param>
    /// <param name="count">N; where it changes the sums begin anew.</param>
    /// <param name="frozen">Whether to divide by what is known alone.</param>
    public void Apply(Span<float> rewards, int count, bool frozen)
    {
        if (!frozen)
        {
            if (_sums.Length != count) _sums = new double[count];
            double[] sums = new double[rewards.Length];
            for (int row = 0; row < rewards.Length; row++)
                sums[row] = _sums[row % count] = (discount * _sums[row % count]) + rewards[row];
            _moments.Update<double>(sums);
        }

        double inverse = 1 / Deviation;
        foreach (ref float reward in rewards) reward = (float)(reward * inverse);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        _moments.Save(into.Section("moments"));
        into.Put<double>("sums", _sums);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _moments.Load(from.Section("moments"));
        _sums = from.GetAll<double>("sums");
    }
}
