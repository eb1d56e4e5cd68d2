using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Layout;

namespace EmbodiedRL.Simulation.Native;

/// <summary>Files that MuJoCo's compiler finds in memory. Owns its copy of them.</summary>
internal sealed unsafe class VirtualFiles : IDisposable
{
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
    public void Add(string name, ReadOnlySpan<byte> content)
    {
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

        if (outcome != 0) throw new SpecMismatchException($"file '{name}' in memory", "a name of its own and room among at most 2,000 files", $"refusal {outcome}");
    }

    public void Dispose()
    {
        if (Address == null) return;
        Functions.DeleteFiles(Address);
        NativeMemory.Free(Address);
        Address = null;
    }
}
