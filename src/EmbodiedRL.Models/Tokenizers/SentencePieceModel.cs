using System.Buffers.Binary;
using System.Text;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Tokenizers.Components;

namespace EmbodiedRL.Models.Tokenizers;

/// <summary>Kind of a SentencePiece piece.</summary>
internal enum PieceKind
{
    /// <summary>Ordinary.</summary>
    Normal = 1,

    /// <summary>Stands for what has no piece.</summary>
    Unknown = 2,

    /// <summary>Never found in text.</summary>
    Control = 3,

    /// <summary>A symbol of the user, which beats the pieces of its characters.</summary>
    UserDefined = 4,

    /// <summary>A byte.</summary>
    Byte = 6,

    /// <summary>Not used any more.</summary>
    Unused = 5,
}

/// <summary>SentencePiece model file: pieces, scores and normalization, a protocol buffer.</summary>
/// <remarks>Reads what encoding needs, of unigram and byte-pair models; unknown fields are passed over.</remarks>
internal sealed class SentencePieceModel
{
    private const string What = "a SentencePiece model", Remedy = "Restore the file, or fetch it again.";
    private const int UnigramType = 1, BytePairType = 2;

    private readonly List<(string Text, float Score, PieceKind Kind)> _pieces = [];
    private int _type = UnigramType;
    private int? _padding, _end;
    private bool _byteFallback;
    private byte[] _map = [];

    private SentencePieceModel()
    {
    }

    /// <summary>Pieces by id.</summary>
    public IReadOnlyList<(string Text, float Score, PieceKind Kind)> Pieces => _pieces;

    /// <summary>Whether a space is put before the text.</summary>
    public bool AddDummyPrefix { get; private set; } = true;

    /// <summary>Whether runs of spaces become one, and those at the ends none.</summary>
    public bool RemoveExtraSpaces { get; private set; } = true;

    /// <summary>Whether a visible character stands for a space.</summary>
    public bool EscapeSpaces { get; private set; } = true;

    /// <summary>Id of the unknown piece.</summary>
    public int UnknownId { get; private set; }

    /// <summary>Id of padding; null if there is none.</summary>
    public int? PaddingId => _padding is >= 0 ? _padding : null;

    /// <summary>Id of the end of a text; null if there is none.</summary>
    public int? EndId => _end is >= 0 ? _end : null;

    /// <summary>The map of characters; null if there is none.</summary>
    public PrecompiledMap? Map { get; private set; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It is cut off, altered, or of another kind.</exception>
    public static SentencePieceModel Read(string path)
    {
        byte[] bytes = InputFile.ReadBytes(path, "A SentencePiece model", "Check the path, or fetch the model's folder again.");
        try
        {
            var model = new SentencePieceModel();
            model.ReadModel(bytes);
            model.Finish();
            return model;
        }
        catch (Exception error) when (error is FormatException or ArgumentException or OverflowException or IndexOutOfRangeException)
        {
            throw new CorruptFileException(path, What, $"something else ({error.Message})", Remedy, error);
        }
    }

    /// <summary>The model that encodes pieces.</summary>
    public ITokenModel Build() => _type == UnigramType
        ? new UnigramModel(
            [.. _pieces.Select(piece => (piece.Text, (double)piece.Score))],
            new UnigramSettings
            {
                Unknown = UnknownId,
                ByteFallback = _byteFallback,
                Hidden = Of(PieceKind.Control, PieceKind.Unused, PieceKind.Byte),
                Defined = Of(PieceKind.UserDefined),
                SinglePrecision = true,
            })
        : BytePair();

    private HashSet<int> Of(params ReadOnlySpan<PieceKind> kinds)
    {
        var ids = new HashSet<int>();
        for (int id = 0; id < _pieces.Count; id++)
            if (kinds.Contains(_pieces[id].Kind)) ids.Add(id);
        return ids;
    }

    /// <summary>Every way to split a piece into two is a merge, and a higher score comes first; of equal ones the leftmost does.</summary>
    private BytePairModel BytePair()
    {
        var vocabulary = new Vocabulary(_pieces.Select((piece, id) => KeyValuePair.Create(piece.Text, id)));
        var merges = new List<(string Left, string Right)>();
        var ranks = new List<int>();
        float[] scores = [.. _pieces.Select(piece => piece.Score).Distinct().OrderDescending()];
        Dictionary<float, int> rankOf = scores.Select((score, rank) => (score, rank)).ToDictionary(pair => pair.score, pair => pair.rank);
        foreach ((string text, float score, _) in _pieces.Where(piece => piece.Kind == PieceKind.Normal))
            for (int i = 1; i < text.Length; i++)
            {
                if (char.IsLowSurrogate(text[i]) || !IsMergeable(vocabulary, text[..i]) || !IsMergeable(vocabulary, text[i..])) continue;
                merges.Add((text[..i], text[i..]));
                ranks.Add(rankOf[score]);
            }

        return new BytePairModel(vocabulary, merges, new BytePairSettings
        {
            Unknown = _pieces[UnknownId].Text,
            FuseUnknown = true,
            ByteFallback = _byteFallback,
        }, ranks);
    }

    private bool IsMergeable(Vocabulary vocabulary, string text) =>
        vocabulary.IdOf(text) is { } id && _pieces[id].Kind is PieceKind.Normal or PieceKind.Unused or PieceKind.UserDefined;

    private void Finish()
    {
        if (_pieces.Count == 0) throw new FormatException("it has no pieces");
        if (_type is not (UnigramType or BytePairType)) throw new FormatException($"models of type {_type} are not supported");
        int found = _pieces.FindIndex(piece => piece.Kind == PieceKind.Unknown);
        UnknownId = found >= 0 ? found : throw new FormatException("it has no unknown piece");
        if (_map.Length > 0) Map = new PrecompiledMap(_map);
    }

    private void ReadModel(ReadOnlySpan<byte> bytes)
    {
        for (var field = new FieldReader(bytes); field.Next();)
            switch (field.Number)
            {
                case 1:
                    _pieces.Add(ReadPiece(field.Bytes));
                    break;
                case 2:
                    ReadTrainer(field.Bytes);
                    break;
                case 3:
                    ReadNormalizer(field.Bytes);
                    break;
            }
    }

    private static (string, float, PieceKind) ReadPiece(ReadOnlySpan<byte> bytes)
    {
        (string text, float score, PieceKind kind) = ("", 0, PieceKind.Normal);
        for (var field = new FieldReader(bytes); field.Next();)
            switch (field.Number)
            {
                case 1:
                    text = Encoding.UTF8.GetString(field.Bytes);
                    break;
                case 2:
                    score = BinaryPrimitives.ReadSingleLittleEndian(field.Bytes);
                    break;
                case 3:
                    kind = (PieceKind)field.Value;
                    break;
            }

        return (text, score, kind);
    }

    private void ReadTrainer(ReadOnlySpan<byte> bytes)
    {
        for (var field = new FieldReader(bytes); field.Next();)
            switch (field.Number)
            {
                case 3:
                    _type = (int)field.Value;
                    break;
                case 24:
                    if (field.Value != 0) throw new FormatException("spaces as suffixes are not supported");
                    break;
                case 35:
                    _byteFallback = field.Value != 0;
                    break;
                case 42:
                    _end = (int)field.Value;
                    break;
                case 43:
                    _padding = (int)field.Value;
                    break;
            }
    }

    private void ReadNormalizer(ReadOnlySpan<byte> bytes)
    {
        for (var field = new FieldReader(bytes); field.Next();)
            switch (field.Number)
            {
                case 2:
                    _map = field.Bytes.ToArray();
                    break;
                case 3:
                    AddDummyPrefix = field.Value != 0;
                    break;
                case 4:
                    RemoveExtraSpaces = field.Value != 0;
                    break;
                case 5:
                    EscapeSpaces = field.Value != 0;
                    break;
            }
    }

    /// <summary>Fields of a protocol buffer message, one after the other.</summary>
    private ref struct FieldReader(ReadOnlySpan<byte> message)
    {
        private ReadOnlySpan<byte> _rest = message;

        /// <summary>Number of the field.</summary>
        public int Number { get; private set; }

        /// <summary>Value of an integer.</summary>
        public long Value { get; private set; }

        /// <summary>Content of a text, of a message, or of a number of fixed width.</summary>
        public ReadOnlySpan<byte> Bytes { get; private set; }

        /// <summary>Goes to the next field.</summary>
        /// <exception cref="FormatException">The message is cut off.</exception>
        public bool Next()
        {
            if (_rest.IsEmpty) return false;
            ulong tag = Varint();
            Number = (int)(tag >> 3);
            Value = 0;
            Bytes = default;
            switch (tag & 7)
            {
                case 0:
                    Value = (long)Varint();
                    break;
                case 1:
                    Bytes = Take(8);
                    break;
                case 2:
                    Bytes = Take(Varint());
                    break;
                case 5:
                    Bytes = Take(4);
                    break;
                default:
                    throw new FormatException($"field {Number} has an unknown wire type");
            }

            return true;
        }

        private ReadOnlySpan<byte> Take(ulong length)
        {
            if (length > (ulong)_rest.Length) throw new FormatException("it is cut off");
            ReadOnlySpan<byte> taken = _rest[..(int)length];
            _rest = _rest[(int)length..];
            return taken;
        }

        private ulong Varint()
        {
            ulong value = 0;
            for (int shift = 0; shift < 64; shift += 7)
            {
                byte next = Take(1)[0];
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80) return value;
            }

            throw new FormatException("a number is too long");
        }
    }
}
