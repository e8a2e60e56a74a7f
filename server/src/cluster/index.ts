export { ClusterSnapshot } from './cluster-snapshot.ts';
export {
  isClusterScoped,
  keyOfObject,
  namespaceOf,
  objectKey,
  type ObjectKey,
} from './object-key.ts';
