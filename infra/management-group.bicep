metadata description = 'The roles of many subscriptions in one place, after main.bicep: see docs/deploy.md.'

targetScope = 'managementGroup'

@description('The same as in main.bicep.')
@minLength(2)
@maxLength(24)
param environmentName string

@description('The same as in main.bicep.')
@allowed(['audit', 'enforce'])
param mode string = 'audit'

@description('The same as in main.bicep.')
param grantsAccess bool = false

@description('The same as in main.bicep.')
param renewsInstances bool = false

@description('false takes all of it away again: before the roles are given in each subscription instead.')
param inUse bool = true

@description('Object id of the app\'s identity: main.bicep\'s output HUBWARDEN_APP_PRINCIPAL.')
@minLength(36)
@maxLength(36)
param principalId string

// Why it is a deployment of its own: Bicep lets none of a subscription reach up to a management group (BCP115). The
// roles for keys have data actions, which no custom role may have there; main.bicep gives them in each subscription
// (learn.microsoft.com/azure/role-based-access-control/custom-roles#custom-role-limits).
var condition = trim(loadTextContent('access-granter-condition.txt'))

var known = [
  {
    key: 'reader'
    file: loadJsonContent('reader-role.json')
    wanted: inUse
    condition: ''
  }
  {
    key: 'enforcer'
    file: loadJsonContent('enforcer-role.json')
    wanted: inUse && mode == 'enforce'
    condition: ''
  }
  {
    key: 'access-granter'
    file: loadJsonContent('access-granter-role.json')
    wanted: inUse && mode == 'enforce' && grantsAccess
    condition: condition
  }
  {
    key: 'instance-renewer'
    file: loadJsonContent('instance-renewer-role.json')
    wanted: inUse && mode == 'enforce' && renewsInstances
    condition: ''
  }
]

// As in modules/roles.bicep: a role that is not wanted any more stays and allows nothing. Its name tells the group, for
// those of modules/roles.bicep stay too, and a tenant has no two roles of one name; 128 characters are the most
// (learn.microsoft.com/azure/role-based-access-control/custom-roles#custom-role-properties).
var scope = managementGroup().id
var names = '${environmentName}, ${take(managementGroup().name, 70)}'
var nothing = ['Microsoft.Resources/subscriptions/read']

resource definitions 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [
  for role in known: {
    name: guid(managementGroup().id, environmentName, role.key)
    properties: {
      roleName: '${role.file.Name} (${names})'
      description: role.wanted ? role.file.Description : 'Not in use, and allows nothing. ${role.file.Description}'
      type: 'CustomRole'
      permissions: [
        {
          actions: role.wanted ? role.file.Actions : nothing
          notActions: []
          dataActions: []
          notDataActions: []
        }
      ]
      assignableScopes: [scope]
    }
  }
]

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (role, at) in known: if (role.wanted) {
    name: guid(managementGroup().id, principalId, role.key)
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: definitions[at].id
      condition: empty(role.condition) ? null : role.condition
      conditionVersion: empty(role.condition) ? null : '2.0'
    }
  }
]
