using System.Numerics;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Combinators;

/// <summary>
/// Scores of the rows that each row is compared with, term by term, turned where a term's weight is negative, in vectors of several rivals.
/// </summary>
/// <remarks>Terms of weight 0 are left out. What is missing at the end of the last vector is NaN, which no comparison holds for.</remarks>
internal sealed class RivalTable
{
    private readonly IReadOnlyList<TermScores> _terms;
    private readonly Vector<double>[][] _rivals;
    private readonly Vector<double>[] _own;
    private readonly bool[] _isRival;

    /// <summary>Gathers them.</summary>
    /// <param name="terms">Of a batch; lent as long as this is used.</param>
    /// <param name="rivals">Rows of the batch.</param>
    /// <param name="batchRows">Rows of the batch.</param>
    public RivalTable(IReadOnlyList<TermScores> terms, int[] rivals, int batchRows)
    {
        (_terms, Count, Vectors) = (terms, rivals.Length, (rivals.Length + Vector<double>.Count - 1) / Vector<double>.Count);
        Used = [.. Enumerable.Range(0, terms.Count).Where(term => terms[term].Weight != 0)];
        _isRival = new bool[batchRows];
        foreach (int rival in rivals) _isRival[rival] = true;
        _rivals = new Vector<double>[Used.Count][];
        _own = new Vector<double>[Used.Count];
        double[] scores = new double[Vectors * Vector<double>.Count];
        for (int i = 0; i < _rivals.Length; i++)
        {
            Array.Fill(scores, double.NaN);
            for (int k = 0; k < rivals.Length; k++) scores[k] = Score(i, rivals[k]);
            _rivals[i] = new Vector<double>[Vectors];
            for (int v = 0; v < Vectors; v++) _rivals[i][v] = new Vector<double>(scores, v * Vector<double>.Count);
        }
    }

    /// <summary>Indices of the terms that count, in order.</summary>
    public IReadOnlyList<int> Used { get; }

    /// <summary>Vectors of rivals.</summary>
    public int Vectors { get; }

    private int Count { get; }

    /// <summary>Rivals of a row that are not the row itself.</summary>
    public int Others(int row) => Count - (_isRival[row] ? 1 : 0);

    /// <summary>Scores of a vector of rivals in the i-th term that counts.</summary>
    public Vector<double> Rivals(int i, int vector) => _rivals[i][vector];

    /// <summary>The row to compare from here on.</summary>
    public void Compare(int row)
    {
        for (int i = 0; i < _own.Length; i++) _own[i] = new Vector<double>(Score(i, row));
    }

    /// <summary>Its score in the i-th term that counts, in every place.</summary>
    public Vector<double> Own(int i) => _own[i];

    private double Score(int i, int row)
    {
        TermScores term = _terms[Used[i]];
        return term.Weight < 0 ? -(double)term.Scores.Span[row] : term.Scores.Span[row];
    }
}
