/** The world as a prediction shows it: whoever asks it something depends on the answer. */
import { EVERYTHING, noteRead, type DeclaredCluster, type Read } from '../cluster/index.ts';
import { predictionRead } from './memory.ts';
import type { World } from './world.ts';

/** The same world, with its questions noted. */
export function watchedWorld(world: World): World {
  return {
    config: world.config,
    snapshot: world.snapshot,
    declared: watchedDeclared(world.declared),
    get admitted() {
      noteRead(EVERYTHING);
      return world.admitted;
    },
  };
}

function watchedDeclared(declared: DeclaredCluster): DeclaredCluster {
  const { snapshot, usesDefaultNodes, supposed } = declared;
  const nodesRead = readOfDefaultNodes(usesDefaultNodes);
  const supposedRead = readOfSupposed(supposed);
  return {
    snapshot,
    get usesDefaultNodes() {
      noteRead(nodesRead);
      return usesDefaultNodes;
    },
    get supposed() {
      noteRead(supposedRead);
      return supposed;
    },
    get assumed() {
      noteRead(EVERYTHING);
      return declared.assumed;
    },
    get problems() {
      noteRead(EVERYTHING);
      return declared.problems;
    },
  };
}

// Each in a function of its own: a read outlives the world it was put to, and must not hold it.
function readOfDefaultNodes(before: boolean): Read {
  return predictionRead((now) => now.world.declared.usesDefaultNodes === before);
}

function readOfSupposed(before: DeclaredCluster['supposed']): Read {
  return predictionRead((now) => sameSet(now.world.declared.supposed, before));
}

function sameSet<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  if (a.size !== b.size) return false;
  for (const it of a) if (!b.has(it)) return false;
  return true;
}
