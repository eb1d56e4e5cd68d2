using System.Runtime.InteropServices;

namespace EmbodiedRL.Simulation.Native;

/// <summary>Handle of an mjModel; frees it.</summary>
internal sealed class ModelHandle : SafeHandle
{
    public ModelHandle(nint model) : base(0, ownsHandle: true) => SetHandle(model);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Functions.DeleteModel(handle);
        return true;
    }
}

/// <summary>Handle of an mjData; frees it, and keeps its model alive until then.</summary>
internal sealed class DataHandle : SafeHandle
{
    private readonly ModelHandle _model;

    public DataHandle(nint data, ModelHandle model) : base(0, ownsHandle: true)
    {
        bool kept = false;
        model.DangerousAddRef(ref kept);
        _model = model;
        SetHandle(data);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Functions.DeleteData(handle);
        _model.DangerousRelease();
        return true;
    }
}
