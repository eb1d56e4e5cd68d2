using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Rewards.Shaping;
using EmbodiedRL.Rewards.Tabular;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S21</c>: BARFI in small. Does a learned blend of a heuristic with the primary reward serve whatever the heuristic is?
/// </summary>
/// <remarks>
/// arXiv 2310.19007. Grids of 5 x 5 cells with slippery ground, goal and start drawn anew for each seed; the inner learner is solved
/// exactly, with an entropy that makes a distant goal hard for it. Everything is exact, so the seeds stand for worlds alone. Settings were
/// chosen on other seeds.
/// </remarks>
internal sealed class BehaviorAlignmentProof() : Proof("S21",
    "BARFI: how to blend a heuristic reward is learned by what it does to the primary return.",
    "Figure: primary return of the learned blend in grids of 5 x 5, the least over a helpful, a useless and a harmful "
    + "heuristic (one that pays a loop), mean over 5 worlds. Reference: the primary reward alone. It holds if the blend is at "
    + "least the reference with each heuristic in every world, within 0.02 of the plain sum or above it with the helpful one, "
    + "if the plain sum fails with the harmful one (a tenth of the reference at most), and if the implicit gradient agrees "
    + "with finite differences to 1 percent.",
    FirstSeed)
{
    private const int Side = 5, Cells = Side * Side, Worlds = 5, Least = 5; // steps from start to goal at least
    private const int FirstSeed = 2100;
    private const double Discount = 0.95, Slip = 0.1, Close = 0.02;

    private static readonly (int X, int Y)[] Moves = [(-1, 0), (1, 0), (0, -1), (0, 1)];
    private static readonly string[] Kinds = ["helpful", "useless", "harmful"];

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        double[] only = new double[Worlds], shaped = new double[Worlds];
        var blend = Kinds.ToDictionary(kind => kind, _ => new double[Worlds], StringComparer.Ordinal);
        var sum = Kinds.ToDictionary(kind => kind, _ => new double[Worlds], StringComparer.Ordinal);
        double error = 0;
        for (int index = 0; index < Worlds; index++)
        {
            var rng = Rng.For(firstSeed + (ulong)index, "grid");
            (TabularMdp world, int start, int goal) = Grid(ref rng);
            double[,,] primary = Table((s, _, next) => next == goal && s != goal ? 1 : 0);
            foreach (string kind in Kinds)
            {
                cancel.ThrowIfCancellationRequested();
                var alignment = new BehaviorAlignment(world, primary, Heuristic(kind, start, goal, ref rng));
                only[index] = alignment.Objective(alignment.Blend(0));
                sum[kind][index] = alignment.Objective(alignment.Blend(1));
                blend[kind][index] = alignment.Return(alignment.Policy(alignment.Learn(cancel).Blend));
                if (index == 0) error = Math.Max(error, GradientError(alignment));
                if (kind == "helpful")
                    shaped[index] = alignment.Return(alignment.PolicyUnder(PotentialShaping.Shape(world, primary,
                        [.. Enumerable.Range(0, Cells).Select(s => -0.1 * Distance(s, goal))])));
            }
        }

        double least = Kinds.Min(kind => blend[kind].Average()), reference = only.Average();
        bool isNowhereWorse = Kinds.All(kind => Enumerable.Range(0, Worlds).All(w => blend[kind][w] >= only[w] - 1e-9));
        bool holds = isNowhereWorse && blend["helpful"].Average() >= sum["helpful"].Average() - Close
            && sum["harmful"].Average() <= 0.1 * reference && error < 1e-2;
        return Row(least, "primary return", "the primary reward alone", reference, holds, ("blend", Means(blend)), ("sum", Means(sum)),
            ("potentialShaping", shaped.Average()), ("gradientError", error));
    }

    private static Dictionary<string, double> Means(Dictionary<string, double[]> values) =>
        values.ToDictionary(pair => pair.Key, pair => pair.Value.Average());

    /// <summary>Relative error of the implicit gradient against central differences of every entry.</summary>
    private static double GradientError(BehaviorAlignment alignment)
    {
        double[] phi = alignment.Blend(0.5), gradient = alignment.Gradient(phi);
        double error = 0, size = 0;
        for (int i = 0; i < phi.Length; i++)
        {
            double[] above = [.. phi], below = [.. phi];
            (above[i], below[i]) = (phi[i] + 1e-5, phi[i] - 1e-5);
            double difference = (alignment.Objective(above) - alignment.Objective(below)) / 2e-5;
            (error, size) = (error + Math.Pow(difference - gradient[i], 2), size + (difference * difference));
        }

        return Math.Sqrt(error / size);
    }

    private static (TabularMdp World, int Start, int Goal) Grid(ref Rng rng)
    {
        int start, goal;
        do (start, goal) = (rng.Below(Cells), rng.Below(Cells));
        while (Distance(start, goal) < Least);
        double[,,] transitions = new double[Cells, 4, Cells];
        for (int s = 0; s < Cells; s++)
            for (int a = 0; a < 4; a++)
                for (int slipped = 0; slipped < 4; slipped++)
                    transitions[s, a, Moved(s, slipped)] += (slipped == a ? 1 - Slip : 0) + (Slip / 4);
        double[] initial = new double[Cells];
        initial[start] = 1;
        return (new TabularMdp(transitions, initial, Discount, [.. Enumerable.Range(0, Cells).Select(s => s == goal)]), start, goal);
    }

    /// <summary>Helpful: a tenth of the progress to the goal. Useless: noise for every cell and action. Harmful: 0.2 for walking around a
    /// block of four cells at the start.</summary>
    private static double[,,] Heuristic(string kind, int start, int goal, ref Rng rng)
    {
        if (kind == "helpful") return Table((s, _, next) => 0.1 * (Distance(s, goal) - Distance(next, goal)));
        if (kind == "useless")
        {
            double[,] noise = new double[Cells, 4];
            for (int s = 0; s < Cells; s++)
                for (int a = 0; a < 4; a++) noise[s, a] = 0.02 * rng.Normal();
            return Table((s, a, _) => noise[s, a]);
        }

        int left = Math.Min(start % Side, Side - 2), top = Math.Min(start / Side, Side - 2);
        int[] loop = [(top * Side) + left, (top * Side) + left + 1, ((top + 1) * Side) + left + 1, ((top + 1) * Side) + left];
        return Table((s, _, next) => Array.IndexOf(loop, s) is >= 0 and int at && loop[(at + 1) % 4] == next ? 0.2 : 0);
    }

    private static double[,,] Table(Func<int, int, int, double> pays)
    {
        double[,,] reward = new double[Cells, 4, Cells];
        for (int s = 0; s < Cells; s++)
            for (int a = 0; a < 4; a++)
                for (int next = 0; next < Cells; next++) reward[s, a, next] = pays(s, a, next);
        return reward;
    }

    private static int Moved(int cell, int action) =>
        (Math.Clamp((cell / Side) + Moves[action].Y, 0, Side - 1) * Side) + Math.Clamp((cell % Side) + Moves[action].X, 0, Side - 1);

    private static int Distance(int one, int two) => Math.Abs((one % Side) - (two % Side)) + Math.Abs((one / Side) - (two / Side));
}
