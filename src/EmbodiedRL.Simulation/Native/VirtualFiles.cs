using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Layout;

namespace EmbodiedRL.Simulation.Native;

/// <summary>In-memory files for MuJoCo's compiler. Owns its copy of them.</summary>
internal sealed unsafe class VirtualFiles : IDisposable
{
    private const int LongestName = 900;

    private readonly LayoutTable _table;
    private readonly int _dataOffset;

    public VirtualFiles(LayoutTable table)
    {
        _table = table;
        _dataOffset = IsOld ? table.Find("mjVFS", "filedata").Offset : 0;
        Address = NativeMemory.AllocZeroed((nuint)table.Sizes["mjVFS"]);
        Functions.DefaultFiles(Address);
    }

    public void* Address { get; private set; }

    private bool IsOld => _table.Number < 3000000;

    /// <summary>Adds a file.</summary>
    /// <exception cref="SpecMismatchException">There are too many, or two of one name.</exception>
    /// <exception cref="CorruptFileException">It is empty, for which MuJoCo would end the process.</exception>
    public void Add(string name, ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty) throw new CorruptFileException($"{name} (in memory)", "some content", "none");
        if (name.Length > LongestName)
            throw new SpecMismatchException("name of a file in memory", $"at most {LongestName} letters", $"{name.Length}");
        int outcome;
        if (IsOld)
        {
            outcome = Functions.MakeEmptyFile(Address, name, content.Length);
            if (outcome == 0)
            {
                byte* target = ((byte**)((byte*)Address + _dataOffset))[Functions.FindFile(Address, name)];
                content.CopyTo(new Span<byte>(target, content.Length));
            }
        }
        else
        {
            fixed (byte* bytes = content) outcome = Functions.AddBuffer(Address, name, bytes, content.Length);
        }

        if (outcome != 0)
            throw new SpecMismatchException($"file '{name}' in memory",
                "a name of its own and room among at most 2,000 files", $"refusal {outcome}");
    }

    public void Dispose()
    {
        if (Address == null) return;
        Functions.DeleteFiles(Address);
        NativeMemory.Free(Address);
        Address = null;
    }
}
