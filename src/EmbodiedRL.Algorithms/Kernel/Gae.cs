using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Algorithms.Kernel;

/// <summary>Generalized advantage estimation (Schulman et al. 2016, arXiv 1506.02438, eq. 16).</summary>
/// <remarks>
/// delta_t = r_t + gamma v'_t - v_t and A_t = delta_t + gamma lambda A_(t+1), where v' is 0 after a termination, the critic's value of the
/// final observation after a truncation, and the value of the next row otherwise. Either end cuts the sum.
/// </remarks>
public static class Gae
{
    /// <summary>Advantages and value targets of a rollout.</summary>
    /// <param name="rewards">[T, N].</param>
    /// <param name="kinds">[T, N].</param>
    /// <param name="critic">Values of the rows, of final observations and of what follows.</param>
    /// <param name="gamma">Discount per step.</param>
    /// <param name="lambda">Weight of later steps: 0 is one step, 1 the whole episode.</param>
    /// <param name="advantages">[T, N], overwritten.</param>
    /// <param name="returns">[T, N], overwritten with advantages plus values.</param>
    /// <exception cref="SpecMismatchException">Lengths do not belong together.</exception>
    public static void Compute<T>(
        ReadOnlySpan<T> rewards, ReadOnlySpan<StepKind> kinds, ValueEstimates<T> critic, T gamma, T lambda,
        Span<T> advantages, Span<T> returns) where T : IFloatingPoint<T>
    {
        int count = critic.NextValues.Length, rows = rewards.Length;
        if (count == 0 || rows % count != 0) throw new SpecMismatchException("rewards", $"a multiple of {count} values", $"{rows}");
        SpecMismatchException.ThrowIfLength("kinds", kinds.Length, rows);
        SpecMismatchException.ThrowIfLength("values", critic.Values.Length, rows);
        SpecMismatchException.ThrowIfLength("final values", critic.FinalValues.Length, rows);
        SpecMismatchException.ThrowIfLength("advantages", advantages.Length, rows);
        SpecMismatchException.ThrowIfLength("returns", returns.Length, rows);

        T decay = gamma * lambda;
        for (int row = rows - 1; row >= 0; row--)
        {
            bool last = row >= rows - count;
            T following = kinds[row] switch
            {
                StepKind.Terminated => T.Zero,
                StepKind.Truncated => critic.FinalValues[row],
                _ => last ? critic.NextValues[row - (rows - count)] : critic.Values[row + count],
            };
            T ahead = last || kinds[row].Ends() ? T.Zero : advantages[row + count];
            T advantage = rewards[row] + (gamma * following) - critic.Values[row] + (decay * ahead);
            advantages[row] = advantage;
            returns[row] = advantage + critic.Values[row];
        }
    }
}
